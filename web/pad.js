// The drawing area: mouse, finger or keyboard; gives the digit as the network gets it.
import {likeMnist} from './preprocess.js';
import {onScheme} from './pictures.js';

const $ = id => document.getElementById(id);
const pad = $('pad'), context = pad.getContext('2d', {willReadFrequently: true}), side = pad.width;
const penWidth = 20, step = 7;     // canvas units, of which the pad has 280
const pen = {x: side / 2, y: side / 4, down: false};   // of the keyboard
let strokes = [], picture = null, drawing = null, asked = 0, changed = () => {}; // a picked digit; the pointer that draws; the frame that tells who wants to know

export function onDraw(f) { changed = f; }

// Four pixels averaged, rounded to 16 steps, which the address can hold
function quarter(pixels) {
  return Array.from({length: 196}, (_, i) => {
    const at = 56 * Math.floor(i / 14) + 2 * (i % 14);
    return Math.round(15 * (pixels[at] + pixels[at + 1] + pixels[at + 28] + pixels[at + 29]) / 4);
  });
}

// The drawing as 196 values from 0 to 15; null where there is none
function ink() {
  const alpha = context.getImageData(0, 0, side, side).data, ink = new Float32Array(side * side);
  for (let i = 0; i < ink.length; i++) ink[i] = alpha[4 * i + 3] / 255;
  const pixels = likeMnist(ink, side, side);
  return pixels && quarter(pixels);
}

// Show a digit that was picked: 14x14 values from 0 to 1
export function showDigit(pixels) {
  cancelAnimationFrame(asked);
  asked = 0;
  strokes = [];
  drawing = null;
  pen.down = false;
  picture = pixels;
  redraw(false);
}

function redraw(tell = true) {
  context.clearRect(0, 0, side, side);
  context.fillStyle = context.strokeStyle = getComputedStyle(pad).color;
  if (picture) picture.forEach((v, i) => { context.globalAlpha = v; context.fillRect(20 * (i % 14), 20 * Math.floor(i / 14), 20, 20); });
  context.globalAlpha = 1;
  context.lineWidth = penWidth;
  context.lineCap = context.lineJoin = 'round';
  for (const points of strokes) {
    context.beginPath();
    context.moveTo(...points[0]);
    for (const p of points.length > 1 ? points.slice(1) : points) context.lineTo(...p);
    context.stroke();
  }
  $('hint').hidden = strokes.length > 0 || !!picture;
  if (tell && !asked) asked = requestAnimationFrame(() => { asked = 0; changed(ink()); });
}

function begin(point) { picture = null; strokes.push([point]); redraw(); }
function lift() { drawing = null; pen.down = false; showPen(); redraw(); } // no pen goes on with a stroke that has been taken away
function clear() { strokes = []; picture = null; lift(); }
function undo() { if (strokes.length) { strokes.pop(); lift(); } else clear(); }

function place(event) {
  const box = pad.getBoundingClientRect(), frame = pad.clientLeft;
  return [(event.clientX - box.left - frame) * side / pad.clientWidth, (event.clientY - box.top - frame) * side / pad.clientHeight];
}

pad.addEventListener('pointerdown', e => {
  if (drawing !== null || e.button !== 0) return;
  drawing = e.pointerId;
  pad.setPointerCapture(drawing);
  pen.down = false; $('pen').hidden = true;
  begin(place(e));
});
pad.addEventListener('pointermove', e => {
  if (e.pointerId !== drawing) return;
  const events = e.getCoalescedEvents?.() ?? [];
  strokes.at(-1).push(...(events.length ? events : [e]).map(place));
  redraw();
});
for (const end of ['pointerup', 'pointercancel']) pad.addEventListener(end, e => { if (e.pointerId === drawing) drawing = null; });

// ---- the keyboard's pen

function showPen(visible = document.activeElement === pad && pad.matches(':focus-visible')) {
  $('pen').hidden = !visible;
  $('pen').classList.toggle('down', pen.down);
  $('pen').style.left = `${100 * pen.x / side}%`;
  $('pen').style.top = `${100 * pen.y / side}%`;
}

const arrows = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}, held = new Set();
pad.addEventListener('keydown', e => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.key in arrows) {
    held.add(e.key);               // two arrows held move the pen diagonally
    for (const key of held) {
      pen.x = Math.min(side, Math.max(0, pen.x + step * arrows[key][0]));
      pen.y = Math.min(side, Math.max(0, pen.y + step * arrows[key][1]));
    }
    if (pen.down) { strokes.at(-1).push([pen.x, pen.y]); redraw(); }
  } else if (e.key === ' ') {
    if (e.repeat) return e.preventDefault();
    pen.down = !pen.down;
    if (pen.down) begin([pen.x, pen.y]);
  } else if (e.key.toLowerCase() === 'c') clear();
  else if (e.key.toLowerCase() === 'z') undo();
  else return;
  e.preventDefault();
  showPen(true);
});
pad.addEventListener('keyup', e => held.delete(e.key));
pad.addEventListener('focus', () => showPen());
pad.addEventListener('blur', () => { held.clear(); pen.down = false; showPen(false); });
$('clear').addEventListener('click', clear);
$('undo').addEventListener('click', undo);
onScheme(() => redraw(false));

// Draw a digit; a residual network classifies it while you draw, with onnxruntime-web, in the page.
import * as ort from './ort.wasm.min.mjs';
import {likeMnist} from './preprocess.js';

const $ = id => document.getElementById(id);
const pad = $('pad'), context = pad.getContext('2d', {willReadFrequently: true}), side = pad.width;
const penWidth = 20, step = 7;     // canvas units, of which the pad has 280
let strokes = [], session, wanted = false, busy = false;
const pen = {x: side / 2, y: side / 4, down: false};   // of the keyboard

// ---- the network

ort.env.wasm.numThreads = 1;       // a small network: threads would cost more than they bring
ort.env.wasm.wasmPaths = new URL('./', import.meta.url).href;
export const ready = load();

async function load() {
  try {
    session = await ort.InferenceSession.create(new URL('model.onnx', import.meta.url).href, {executionProviders: ['wasm']});
    $('status').textContent = 'The network is ready.';
    update();
  } catch (e) {
    $('status').textContent = `The network could not be loaded (${e.message}). The page must come from a web server: make web starts one.`;
    throw e;
  }
}

// pixels: n images of 28x28 values from 0 to 1; returns {name: {data, dims}} with probability and the stages
export async function classify(pixels, n = 1) {
  return session.run({pixels: new ort.Tensor('float32', pixels, [n, 1, 28, 28])});
}

// ---- what is shown

const bars = Array.from({length: 10}, (_, digit) => {
  const li = document.createElement('li');
  li.innerHTML = `<span>${digit}</span><i></i><span>0 %</span>`;
  $('bars').append(li);
  return li;
});

function showProbability(p) {
  const best = p ? p.indexOf(Math.max(...p)) : -1;
  bars.forEach((li, k) => {
    li.style.setProperty('--p', p ? p[k] : 0);
    li.lastChild.textContent = p ? `${(100 * p[k]).toFixed(p[k] < 0.0995 ? 1 : 0)} %` : '0 %';
    li.classList.toggle('best', k === best);
  });
  $('answer').textContent = p ? best : '–';
}

// 0 to 1 as black, violet, orange, light yellow
function colour(v) { return [255 * Math.min(1, 1.6 * v), 255 * Math.max(0, 1.5 * v - 0.5), 255 * (v < 0.35 ? v : Math.max(0.35 - (v - 0.35), 1.9 * v - 1.1))]; }

function paint(canvas, width, height, value) {
  if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
  const image = new ImageData(width, height);
  for (let y = 0, i = 0; y < height; y++) for (let x = 0; x < width; x++, i += 4) {
    image.data[i + 3] = 255;
    image.data.set(value(x, y), i);   // red, green, blue, and opacity where it is not full
  }
  canvas.getContext('2d').putImageData(image, 0, 0);
}

function showStage(name, {data, dims}) {
  const [, channels, height, width] = dims, across = Math.ceil(Math.sqrt(channels)), down = Math.ceil(channels / across);
  const zoom = Math.max(1, Math.round(28 / width)), w = zoom * width + 1, h = zoom * height + 1;   // of a map with its border
  let figure = $(name);
  if (!figure) {
    figure = document.createElement('figure');
    figure.id = name;
    figure.innerHTML = `<canvas role="img"></canvas><figcaption>Stage ${name.slice(-1)}: ${channels} channels of ${height}×${width}</figcaption>`;
    figure.firstChild.setAttribute('aria-label', `Activations of stage ${name.slice(-1)}, ${channels} channels of ${height} by ${width} pixels`);
    $('stages').append(figure);
  }
  let top = 1e-6;
  for (const v of data) if (v > top) top = v;
  const border = [90, 90, 90];
  paint(figure.firstChild, across * w - 1, down * h - 1, (x, y) => {
    const channel = Math.floor(y / h) * across + Math.floor(x / w), row = Math.floor(y % h / zoom), column = Math.floor(x % w / zoom);
    if (channel >= channels) return [0, 0, 0, 0];
    if (column === width || row === height) return border;
    return colour(Math.max(0, data[(channel * height + row) * width + column]) / top);
  });
}

async function show() {
  const alpha = context.getImageData(0, 0, side, side).data, ink = new Float32Array(side * side);
  for (let i = 0; i < ink.length; i++) ink[i] = alpha[4 * i + 3] / 255;
  const pixels = likeMnist(ink, side, side), blank = pixels || new Float32Array(784);
  paint($('seen'), 28, 28, (x, y) => Array(3).fill(255 * blank[28 * y + x]));
  const start = performance.now(), out = await classify(blank);
  if (pixels) $('status').textContent = `${(performance.now() - start).toFixed(1)} ms for one pass through the network, on your machine`;
  showProbability(pixels && Array.from(out.probability.data));
  for (const name in out) if (name !== 'probability') showStage(name, out[name]);
}

async function update() {
  wanted = true;
  if (busy || !session) return;
  busy = true;
  try {
    while (wanted) {
      wanted = false;
      await show();
      await new Promise(requestAnimationFrame);
    }
  } finally { busy = false; }
}

let timer;
function announce() { // for screen readers: when the pen rests, not at each move
  clearTimeout(timer);
  timer = setTimeout(() => {
    const best = document.querySelector('#bars .best');
    $('say').textContent = best ? `Looks like a ${best.firstChild.textContent}, ${best.lastChild.textContent}` : 'The drawing is empty';
  }, 500);
}

// ---- drawing

function redraw() {
  context.clearRect(0, 0, side, side);
  context.lineWidth = penWidth;
  context.lineCap = context.lineJoin = 'round';
  context.strokeStyle = getComputedStyle(pad).color;
  for (const points of strokes) {
    context.beginPath();
    context.moveTo(...points[0]);
    for (const p of points.length > 1 ? points.slice(1) : points) context.lineTo(...p);
    context.stroke();
  }
  $('hint').hidden = strokes.length > 0;
  update();
}

let drawing = null; // id of the pointer that draws

function lift() { // no pen goes on with a stroke that has been taken away
  drawing = null;
  pen.down = false;
  showPen(); redraw(); announce();
}
function clear() { strokes = []; lift(); }
function undo() { strokes.pop(); lift(); }

function place(event) {
  const box = pad.getBoundingClientRect(), frame = pad.clientLeft;
  return [(event.clientX - box.left - frame) * side / pad.clientWidth, (event.clientY - box.top - frame) * side / pad.clientHeight];
}

pad.addEventListener('pointerdown', e => {
  if (drawing !== null || e.button !== 0) return;
  drawing = e.pointerId;
  pad.setPointerCapture(drawing);
  pen.down = false; $('pen').hidden = true;
  strokes.push([place(e)]);
  redraw();
});
pad.addEventListener('pointermove', e => {
  if (e.pointerId !== drawing) return;
  const events = e.getCoalescedEvents?.() ?? [];
  strokes.at(-1).push(...(events.length ? events : [e]).map(place));
  redraw();
});
for (const end of ['pointerup', 'pointercancel']) pad.addEventListener(end, e => {
  if (e.pointerId !== drawing) return;
  drawing = null;
  announce();
});

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
    if (pen.down) { strokes.at(-1).push([pen.x, pen.y]); redraw(); announce(); }
  } else if (e.key === ' ') {
    if (e.repeat) return e.preventDefault();
    pen.down = !pen.down;
    if (pen.down) { strokes.push([[pen.x, pen.y]]); redraw(); }
    announce();
  } else return;
  e.preventDefault();
  showPen(true);
});
pad.addEventListener('keyup', e => held.delete(e.key));
pad.addEventListener('focus', () => showPen());
pad.addEventListener('blur', () => { held.clear(); pen.down = false; showPen(false); });
document.addEventListener('keydown', e => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.key.toLowerCase() === 'c') clear();
  else if (e.key.toLowerCase() === 'z') undo();
});
$('clear').addEventListener('click', clear);
$('undo').addEventListener('click', undo);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);

// A residual network taken apart in the page: loads the networks, and brings the parts of the page together.
import {load} from './tensors.js';
import {best, network, run} from './network.js';
import {onChange, read, set, state, switches} from './state.js';
import {onScheme, paintDigit, percent} from './pictures.js';
import {onDraw, showDigit} from './pad.js';
import {makeCards, show as showNumber, showBlocks, strongest} from './blocks.js';
import {count, draw as drawLine, ofAll, startButtons, startWorkers} from './lesions.js';
import {showDepth, startDepth} from './depth.js';
import {startBuilder} from './build.js';
import {startTour} from './tour.js';

const $ = id => document.getElementById(id), kinds = ['residual', 'plain'], names = {residual: 'The residual network', plain: 'the plain network'};
const nets = {};
let digits, labels, missed;   // values from 0 to 1; what they are; numbers of some that a network gets wrong

const pixels = () => state.ink ? Float64Array.from(state.ink, v => v / 15) : state.digit === null ? null : digits.slice(196 * state.digit, 196 * state.digit + 196);

// ---- the answers

const bars = Array.from({length: 10}, (_, digit) => {
  const li = document.createElement('li');
  li.innerHTML = `<span>${digit}</span><div><i class="residual"></i><i class="plain"></i></div><span class="residual"></span><span class="plain"></span>`;
  $('bars').append(li);
  return li;
});

function showAnswer(kind, probability) {
  const top = probability ? best(probability) : null;
  bars.forEach((li, d) => {
    const p = probability?.[d] ?? 0;
    li.querySelector(`i.${kind}`).style.setProperty('--p', p);
    const said = li.querySelector(`span.${kind}`);
    said.textContent = `${(100 * p).toFixed(0)} %`;
    said.classList.toggle('best', d === top);
  });
  for (const at of document.querySelectorAll(`[data-answer=${kind}]`)) at.textContent = top ?? '–';
  const right = state.ink || state.digit === null || top === labels[state.digit];
  for (const at of document.querySelectorAll(`[data-answer=${kind}]`)) at.classList.toggle('wrong', !right);
}

function showAll() {
  const image = pixels(), blank = image ?? new Float64Array(196), start = performance.now();
  paintDigit($('seen'), blank, 14);
  for (const kind of kinds) {
    const {steps, probability} = run(nets[kind], blank, k => switches(k));
    showAnswer(kind, image && probability);
    if (kind === state.net) showBlocks(steps);
  }
  document.body.dataset.ms = (performance.now() - start).toFixed(1);
  $('truth').textContent = state.ink ? 'your drawing' : image ? `test digit ${state.digit + 1}, a ${labels[state.digit]}` : 'nothing drawn yet';
  $('off').textContent = state.off.length ? `${state.off.length} off` : 'all on';
  $('reset').disabled = !state.off.length;
  announce();
}

function showCounts() {
  for (const kind of kinds) for (const at of document.querySelectorAll(`[data-all=${kind}]`)) at.textContent = percent(ofAll(kind));
}

let timer;
function announce() { // for screen readers: when pen and switches rest
  clearTimeout(timer);
  timer = setTimeout(() => {
    const said = kind => { const answer = document.querySelector(`[data-answer=${kind}]`).textContent; return answer === '–' ? 'nothing' : `a ${answer}, and reads ${percent(ofAll(kind))} of the test digits`; };
    $('say').textContent = `${names.residual} says ${said('residual')}; ${names.plain} says ${said('plain')}`;
  }, 1200);
}

// ---- the digits to pick

function makePicks() {
  const first = Array.from({length: 10}, (_, d) => labels.indexOf(d));
  $('picks').replaceChildren(...[...first, ...missed].map(i => {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.digit = i;
    button.setAttribute('aria-label', `Test digit ${i + 1}, a ${labels[i]}${missed.includes(i) ? ', which a network gets wrong' : ''}`);
    button.append(document.createElement('canvas'));
    if (missed.includes(i)) button.classList.add('missed');
    button.addEventListener('click', () => set({digit: i, ink: null}));
    return button;
  }));
  paintPicks();
}
function paintPicks() { for (const b of $('picks').children) paintDigit(b.firstChild, digits.slice(196 * b.dataset.digit, 196 * b.dataset.digit + 196), 14); }

// ---- all together

let wanted = false, recount = false;
function soon() { // at most once a frame
  if (wanted) return;
  wanted = true;
  requestAnimationFrame(() => {
    wanted = false;
    showAll();
    later();
    if (recount) { recount = false; setTimeout(() => count(showCounts)); }   // the 500 digits wait for this one
  });
}

let depthTimer;
function later() { clearTimeout(depthTimer); depthTimer = setTimeout(() => showDepth(pixels()), 150); }

async function start() {
  Object.assign(state, read());
  startBuilder();   // needs no network
  const file = name => load(new URL(`${name}.safetensors`, import.meta.url));
  const [seen, ...both] = await Promise.all(['digits', ...kinds.map(k => `${k}20`)].map(file));
  digits = Float64Array.from(seen.tensors.pixels.data, v => v / 255);
  labels = Array.from(seen.tensors.labels.data);
  missed = seen.about.missed;
  kinds.forEach((kind, i) => { nets[kind] = network(both[i]); });
  makeCards(nets);
  makePicks();
  if (!state.ink) showDigit(Array.from(pixels()));
  showAll();
  onDraw(ink => set({ink, digit: null}));
  onChange(changed => {
    if (changed.includes('digit') && state.digit !== null) showDigit(Array.from(pixels()));
    if (changed.some(c => ['digit', 'ink', 'net', 'off'].includes(c))) soon();
    if (changed.includes('off')) { drawLine(); showCounts(); recount = true; }
  });
  onScheme(() => { paintPicks(); showAll(); });
  addEventListener('hashchange', () => set(read()));
  startWorkers(window.trouble);
  startButtons(showCounts);
  drawLine();
  count(showCounts);
  startTour(() => showNumber({k: 1, channel: 0, ...strongest(1, 0)}), () => showNumber(null));
  document.body.classList.add('ready');
  window.ready?.();
  startDepth(nets, pixels).catch(e => { $('depthwait').textContent = e.message; });
}

export const ready = start();
ready.catch(e => window.trouble(e));

// For tests: the same network code on other digits
export {digits, labels, nets, run, pixels};

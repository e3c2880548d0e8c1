// How many of 500 test digits each network reads, with switches off: two workers count, a line is drawn.
import {chart, percent} from './pictures.js';
import {set, state} from './state.js';

const $ = id => document.getElementById(id), kinds = ['residual', 'plain'], names = {residual: 'Residual network', plain: 'Plain network'};
const workers = {}, known = new Map(), waiting = new Map();   // accuracies by network and switches; what was asked, by number
let asked = 0, once = false, failed;

const key = (kind, off) => `${kind} ${off.filter(s => kind === 'residual' || s[0] === 'b').sort().join('.')}`;

function ask(kind, off) {
  const id = ++asked;
  return new Promise((done, wrong) => { waiting.set(id, {done, wrong}); workers[kind].postMessage({id, off}); });
}

// Accuracy from 0 to 1; undefined where a later question came before the answer
export async function accuracy(kind, off) {
  const name = key(kind, off);
  if (!known.has(name)) {
    const found = await ask(kind, off);
    if (found !== undefined) known.set(name, found);
  }
  return known.get(name);
}

export const ofAll = kind => known.get(key(kind, state.off));

export function startWorkers(trouble) {
  failed = trouble;
  for (const kind of kinds) {
    workers[kind] = new Worker(new URL('worker.js', import.meta.url), {type: 'module'});
    workers[kind].onmessage = ({data: {id, accuracy, error}}) => {
      const {done, wrong} = waiting.get(id);
      waiting.delete(id);
      if (error) wrong(new Error(error)); else done(accuracy);
    };
    workers[kind].onerror = e => { e.preventDefault(); failed(new Error('The script worker.js could not be run, so nothing is counted on the 500 digits.')); };
    workers[kind].postMessage({file: `${kind}20.safetensors`});
  }
}

// The states that the line passes: nothing off, then one switch more each time; or each block alone
const path = () => once ? Array.from({length: 9}, (_, k) => [`b${k + 1}`]) : state.off.map((_, i) => state.off.slice(0, i + 1));
const label = s => `${s[0] === 'b' ? 'F' : 'x'} of ${s[1]}`, words = s => `${s[0] === 'b' ? 'branch' : 'shortcut'} of block ${s[1]}`;

let round = 0;
export async function count(changed) {
  const mine = ++round;
  changed();
  try {
    await Promise.all(kinds.map(async kind => {
      for (const off of [state.off, [], ...path()]) {   // the present state first
        await accuracy(kind, off);
        if (mine !== round) return;
        draw(); changed();
      }
    }));
  } catch (e) { failed(e); }
}

export function draw() {
  const states = path(), first = once ? 1 : 0, points = kind => [...(once ? [] : [[0, known.get(key(kind, []))]]), ...states.map((off, i) => [i + 1, known.get(key(kind, off))])].filter(([, y]) => y !== undefined);
  const ticks = once ? states.map((_, i) => [i + 1, i + 1]) : [[0, 'all on'], ...state.off.map((s, i) => [i + 1, state.off.length > 5 ? i + 1 : label(s)])];
  const series = kinds.map(kind => ({name: names[kind], class: kind, dots: true, points: points(kind).map(([x, y]) => [x - first, y])}));
  const said = series.map(s => `${s.name}: ${s.points.map(([, y]) => percent(y)).join(', ')}`).join('; ');
  $('line').innerHTML = chart({series, last: Math.max(1, states.length - first), ticks: ticks.map(([x, t]) => [x - first, t]), xlabel: once ? 'the one block whose branch is off' : 'switched off, one after the other', label: `Accuracy on 500 digits, ${once ? 'without each block' : 'after each switch'}. ${said}`});
  for (const button of document.querySelectorAll('[data-once]')) button.setAttribute('aria-pressed', String(once) === button.dataset.once);
  $('figures').innerHTML = `<tr><th scope="col">${once ? 'Branch off in' : 'Switched off'}</th>${kinds.map(k => `<th scope="col">${names[k]}</th>`).join('')}</tr>`
    + [...(once ? [] : [[]]), ...states].map((off, i) => `<tr><th scope="row">${once ? `block ${i + 1}` : off.length ? `${off.length > 1 ? 'and ' : ''}${words(off.at(-1))}` : 'nothing'}</th>${kinds.map(k => `<td>${percent(known.get(key(k, off)))}</td>`).join('')}</tr>`).join('');
}

export function startButtons(changed) {
  for (const button of document.querySelectorAll('[data-once]')) button.addEventListener('click', () => { once = button.dataset.once === 'true'; draw(); count(changed); });
  $('reset').addEventListener('click', () => set({off: []}));
}

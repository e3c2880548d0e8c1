// 20 and 56 layers, plain and residual: how their training went, and how long the picture of a digit is kept on its way.
import {load} from './tensors.js';
import {network, reshape, run, stem} from './network.js';
import {chart, largest, onScheme, paintMap, percent} from './pictures.js';

const $ = id => document.getElementById(id), kinds = ['residual', 'plain'], names = {residual: 'Residual network', plain: 'Plain network'};
const nets = {};   // of 56 layers, by kind
let shown = null;

// How alike two lists of numbers are: their correlation, from -1 to 1
export function alike(a, b) {
  const mean = v => v.reduce((s, x) => s + x, 0) / v.length, ma = mean(a), mb = mean(b);
  let both = 0, aa = 0, bb = 0;
  for (let i = 0; i < a.length; i++) { const u = a[i] - ma, v = b[i] - mb; both += u * v; aa += u * u; bb += v * v; }
  return both / Math.sqrt(aa * bb || 1);
}

// The channel of the first picture that shows the digit best
function follow(first, pixels) {
  const area = pixels.length, scores = Array.from({length: first.length / area}, (_, c) => alike(first.subarray(c * area, (c + 1) * area), pixels));
  return scores.indexOf(Math.max(...scores));
}

// For each block: one channel of what goes out, and how alike all channels are to the first picture, had only shortcuts carried it
export function way(net, pixels) {
  let first = stem(net, pixels), channel = follow(first, pixels);
  return run(net, pixels).steps.map(({out}, k) => {
    const block = net.blocks[k], area = block.size ** 2;
    first = reshape(first, block);
    channel += (block.outputs - block.inputs) >> 1;
    return {side: block.size, picture: out.subarray(channel * area, (channel + 1) * area), like: alike(out, first)};
  });
}

function curves(depth, both) {
  const {steps, batch} = both.plain, end = kind => percent(both[kind].curve.at(-1)[1]);
  const series = kinds.map(kind => ({class: kind, points: both[kind].curve.map(([, a], i, all) => [(i + 1) / all.length, a])}));
  $(`curve${depth}`).innerHTML = chart({series, last: 1, ticks: [[0, 0], [.5, steps / 2], [1, steps]], xlabel: `steps of ${batch} digits`, height: 200,
    label: `Training accuracy with ${depth} layers: at the end residual ${end('residual')}, plain ${end('plain')}`});
  $(`end${depth}`).textContent = `At the end residual ${end('residual')}, plain ${end('plain')}.`;
}

export async function startDepth(pair, pixels) {
  const both = await Promise.all(kinds.map(kind => load(new URL(`${kind}56.safetensors`, import.meta.url))));
  kinds.forEach((kind, i) => { nets[kind] = network(both[i]); });
  curves(20, pair);
  curves(56, nets);
  $('depthwait').hidden = true;
  $('deep').hidden = false;
  showDepth(pixels());
  onScheme(() => showDepth(shown));
}

// Draw the way of a digit through both networks
export function showDepth(pixels) {
  shown = pixels;
  if (!nets.plain || !pixels) return;
  const series = kinds.map(kind => {
    const found = way(nets[kind], pixels), row = $(`way-${kind}`);
    if (!row.children.length) row.replaceChildren(...found.map(() => document.createElement('canvas')));
    found.forEach(({side, picture}, k) => { const top = largest(picture); paintMap(row.children[k], picture.map(v => v / top), side); });
    row.setAttribute('aria-label', `${names[kind]}: one channel after each of 27 blocks. Likeness to the first picture: ${found.map(f => f.like.toFixed(1)).join(', ')}`);
    return {class: kind, points: found.map(({like}, k) => [k, Math.max(0, like)])};
  });
  $('kept').innerHTML = chart({series, last: 26, ticks: [[0, 1], [8, 9], [17, 18], [26, 27]], xlabel: 'after block', height: 200, chance: false, label: 'How alike the picture after each block is to the one that came in'});
}

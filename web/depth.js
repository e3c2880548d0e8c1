// 20 and 56 layers, plain and residual: how their training went, and how far the picture of a digit comes.
import {load} from './tensors.js';
import {network, run} from './network.js';
import {chart, onScheme, paintMap, percent} from './pictures.js';

const $ = id => document.getElementById(id), kinds = ['residual', 'plain'], names = {residual: 'Residual', plain: 'Plain'};
const nets = {}, average = {};   // by kind: the network of 56 layers, and what each of its blocks gives on average
let shown;

const pause = () => new Promise(done => setTimeout(done));

// What each block gives, averaged over some digits: what is the same for all of them says nothing about this one
async function averages(net, digits) {
  let sums;
  for (const digit of digits) {
    const {steps} = run(net, digit);
    sums ??= steps.map(s => new Float64Array(s.out.length));
    steps.forEach(({out}, k) => { for (let i = 0; i < out.length; i++) sums[k][i] += out[i] / digits.length; });
    await pause();
  }
  return sums;
}

const size = map => Math.sqrt(map.reduce((s, v) => s + v * v, 0) / map.length);

// For each block: the picture that is left of a digit, and its size as a share of all that the block gives
export function remains(net, average, pixels) {
  return run(net, pixels).steps.map(({out}, k) => {
    const {outputs, size: side} = net.blocks[k], own = out.map((v, i) => v - average[k][i]), all = size(out) || 1, picture = new Float64Array(side * side);
    for (let i = 0; i < own.length; i++) picture[i % picture.length] += own[i] ** 2 / outputs;
    return {side, share: size(own) / all, picture: picture.map(v => Math.sqrt(v) / all)};
  });
}

export async function startDepth(pair, digits, pixels) {
  for (const kind of kinds) {
    nets[kind] = network(await load(new URL(`${kind}56.safetensors`, import.meta.url)));
    average[kind] = await averages(nets[kind], digits);
  }
  for (const [depth, both] of [[20, pair], [56, nets]]) {
    const series = kinds.map(kind => ({class: kind, points: both[kind].curve.map(([, a], i, all) => [i / (all.length - 1), a])})), {steps} = both.plain;
    $(`curve${depth}`).innerHTML = chart({series, last: 1, ticks: [[0, '0'], [.5, steps / 2], [1, steps]], xlabel: `steps of ${both.plain.batch} digits`, height: 200,
      label: `Training accuracy with ${depth} layers: at the end residual ${percent(both.residual.curve.at(-1)[1])}, plain ${percent(both.plain.curve.at(-1)[1])}`});
  }
  $('depthwait').hidden = true;
  $('deep').hidden = false;
  showDepth(pixels());
  onScheme(() => showDepth(shown));
}

// Draw how far the digit comes in both networks
export function showDepth(pixels) {
  shown = pixels;
  if (!average.plain || !pixels) return;
  const lines = [];
  for (const kind of kinds) {
    const found = remains(nets[kind], average[kind], pixels), row = $(`way-${kind}`);
    if (!row.children.length) row.replaceChildren(...found.map(() => document.createElement('canvas')));
    found.forEach(({side, picture}, k) => paintMap(row.children[k], picture, side));
    row.setAttribute('aria-label', `${names[kind]}: what is left of the digit after each of 27 blocks; after the last ${percent(found.at(-1).share, 0)} of the picture depends on the digit`);
    lines.push({class: kind, points: found.map(({share}, k) => [k, share])});
    $(`left-${kind}`).textContent = percent(found.at(-1).share, 0);
  }
  $('remains').innerHTML = chart({series: lines, last: 26, ticks: [[0, 1], [8, 9], [17, 18], [26, 27]], xlabel: 'block', height: 200, label: 'Share of each picture that depends on the digit, by block'});
}

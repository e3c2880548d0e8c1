// Build a network: choices, its drawing to scale, its figures.
import {BLOCKS, DEFAULT, NAMED, STEMS, layers, wrong} from './design.js';
import {set, state} from './state.js';

const $ = id => document.getElementById(id), form = $('design'), narrow = matchMedia('(max-width: 46rem)');
const fields = ['block', 'stem', 'stemWidth', 'shortcut', 'side', 'classes'];
let rest = {};   // what a named network has and the form has not: groups, base width, channels of the image

// As few signs as will do: a name, or all choices with commas
const text = d => Object.keys(NAMED).find(n => JSON.stringify(NAMED[n]) === JSON.stringify(d)) ?? Object.keys(DEFAULT).map(k => Array.isArray(d[k]) ? d[k].join('-') : d[k]).join(',');

function parse(said) {
  if (said in NAMED) return NAMED[said];
  const parts = said.split(','), keys = Object.keys(DEFAULT);
  if (parts.length !== keys.length) return NAMED.resnet18;
  const d = Object.fromEntries(keys.map((k, i) => [k, Array.isArray(DEFAULT[k]) ? parts[i].split('-').map(Number) : typeof DEFAULT[k] === 'number' ? Number(parts[i]) : typeof DEFAULT[k] === 'boolean' ? parts[i] === 'true' : parts[i]]));
  return d.block in BLOCKS && d.stem in STEMS ? d : NAMED.resnet18;
}

function fill(d) {
  rest = d;
  for (const key of fields) form.elements[key].value = d[key];
  for (let i = 0; i < 4; i++) {
    form.elements[`depth${i}`].value = d.depths[i] ?? 0;
    form.elements[`width${i}`].value = d.widths[i] ?? d.widths.at(-1);
  }
  form.elements.name.value = Object.keys(NAMED).find(n => JSON.stringify(NAMED[n]) === JSON.stringify(d)) ?? '';
}

function chosen() {
  const value = key => form.elements[key].value, depths = [0, 1, 2, 3].map(i => Number(value(`depth${i}`)));
  const n = depths.indexOf(0) < 0 ? 4 : depths.indexOf(0);
  return {...rest, block: value('block'), depths: depths.slice(0, n), widths: [0, 1, 2, 3].map(i => Number(value(`width${i}`))).slice(0, n),
    stem: value('stem'), stemWidth: Number(value('stemWidth')), shortcut: value('shortcut'), side: Number(value('side')), classes: Number(value('classes'))};
}

const figure = n => n >= 1e9 ? `${(n / 1e9).toFixed(2)} billion` : n >= 1e6 ? `${(n / 1e6).toFixed(2)} million` : n.toLocaleString('en');

function show(d) {
  const trouble = wrong(d);
  $('wrong').textContent = trouble;
  $('drawing').classList.toggle('old', !!trouble);
  if (trouble) return;
  const found = layers(d), see = found.field > d.side ? 'more than the image' : found.field === d.side ? 'the whole image' : `${Math.round(100 * (found.field / d.side) ** 2)} % of the image`;
  const facts = [['layers with weights', found.depth.toLocaleString('en')], ['parameters', found.params.toLocaleString('en')], ['multiply-adds an image', figure(found.macs)],
    ['receptive field', `${found.field}×${found.field} pixels: ${see}`], ['last map', `${found.last.channels} channels of ${found.last.side}×${found.last.side}`]];
  $('facts').innerHTML = facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('');
  $('drawing').innerHTML = drawing(found, narrow.matches ? 360 : 720);
}

// Each piece as a rectangle: as wide as it has channels, as high as its pixels; the shortcuts as arcs above
export function drawing({pieces, depth}, width = 720) {
  const middle = 130, gap = Math.min(10, width / 3 / pieces.length), unit = Math.min(3, (width - 20 - gap * (pieces.length - 1)) / pieces.reduce((s, p) => s + p.channels, 0));
  const pixel = 170 / Math.max(...pieces.map(p => p.side)), total = pieces.reduce((s, p) => s + p.channels * unit + gap, -gap);
  let x = (width - total) / 2;
  const parts = pieces.map(p => {
    const w = Math.max(.7, p.channels * unit), h = Math.max(1.5, p.side * pixel), at = x, top = middle - h / 2, rise = Math.min(26, 6 + w / 2);
    x += p.channels * unit + gap;
    const arc = p.shortcut ? `<path class="arc ${p.shortcut}" d="M${(at - gap / 2).toFixed(1)} ${top.toFixed(1)}q${(w / 2 + gap / 2).toFixed(1)} ${(-2 * rise).toFixed(1)} ${(w + gap).toFixed(1)} 0"/>` : '';
    return `<g><title>${p.name}: ${p.channels} channels of ${p.side}×${p.side}, ${p.params.toLocaleString('en')} parameters, ${p.macs.toLocaleString('en')} multiply-adds</title><rect class="stage${p.stage}" x="${at.toFixed(1)}" y="${top.toFixed(1)}" width="${w.toFixed(1)}" height="${h.toFixed(1)}"/>${arc}</g>`;
  });
  return `<svg viewBox="0 0 ${width} 240" role="img" aria-label="The network of ${depth} layers drawn to scale: ${pieces.length - 1} pieces, from ${pieces[0].channels}×${pieces[0].side}×${pieces[0].side} to ${pieces.at(-1).channels}×${pieces.at(-1).side}×${pieces.at(-1).side}">${parts.join('')}
    <path class="scale" d="M8 232h${(64 * unit).toFixed(1)}"/><text x="${(14 + 64 * unit).toFixed(1)}" y="236">64 channels</text><path class="scale" d="M${(120 + 64 * unit).toFixed(1)} 236v${(-16 * pixel).toFixed(1)}"/><text x="${(126 + 64 * unit).toFixed(1)}" y="236">16 pixels</text></svg>`;
}

export function startBuilder() {
  form.elements.block.innerHTML = Object.entries(BLOCKS).map(([k, v]) => `<option value="${k}">${v}</option>`).join('');
  form.elements.name.innerHTML = '<option value="">your own</option>' + Object.keys(NAMED).map(n => `<option>${n}</option>`).join('');
  fill(parse(state.design || 'resnet18'));
  show(chosen());
  narrow.addEventListener('change', () => show(chosen()));
  form.addEventListener('input', e => {
    if (e.target.name === 'name') { if (e.target.value) fill(NAMED[e.target.value]); }
    const d = chosen();
    if (e.target.name !== 'name') form.elements.name.value = Object.keys(NAMED).find(n => JSON.stringify(NAMED[n]) === JSON.stringify(d)) ?? '';
    show(d);
    set({design: text(d)});
  });
  form.addEventListener('submit', e => e.preventDefault());
}

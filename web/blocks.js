// Every block as three pictures: what comes in, what the branch adds, what goes out; with its switches, and one number computed.
import {conv} from './network.js';
import {channelAt, largest, onScheme, paintChannel, paintChannels} from './pictures.js';
import {set, state, switches} from './state.js';

const $ = id => document.getElementById(id), words = {x: 'x', f: 'F(x)', sum: 'x + F(x)'};
let open = null;   // the number that is computed: {k, channel, row, column, input}
let nets, steps;   // by kind; of the network that is shown

const number = v => v.toFixed(2).replace('-', '−').replace(/^−(0\.00)$/, '$1');
const signed = v => v < 0 ? `− ${number(-v)}` : `+ ${number(v)}`;

// ---- cards

function makeCard(block, k) {
  const card = document.createElement('article');
  card.className = 'block';
  card.id = `block${k + 1}`;
  card.setAttribute('aria-labelledby', `name${k + 1}`);
  card.innerHTML = `<h3 id="name${k + 1}">Block ${k + 1} <small>${block.outputs} channels of ${block.size}×${block.size}</small></h3>
    <div class="flow">${Object.keys(words).map(part => `<button type="button" class="picture" data-part="${part}"><canvas width="1" height="1"></canvas><span>${words[part]}</span></button>`).join('')}</div>
    <div class="switches"><button type="button" role="switch" data-switch="b${k + 1}"></button><button type="button" role="switch" data-switch="s${k + 1}"></button></div>
    <div class="detail" id="detail${k + 1}" hidden></div>`;
  for (const button of card.querySelectorAll('.picture')) button.addEventListener('click', e => {
    const box = button.firstChild.getBoundingClientRect(), byKey = e.detail === 0;   // Enter has no place
    const channel = byKey ? 0 : channelAt((e.clientX - box.left) / box.width, (e.clientY - box.top) / box.height, block.outputs);
    show({k, channel, ...strongest(k, channel)});
    if (byKey) card.querySelector('.detail button').focus();
  });
  for (const button of card.querySelectorAll('[role=switch]')) button.addEventListener('click', () => {
    const name = button.dataset.switch;
    set({off: state.off.includes(name) ? state.off.filter(s => s !== name) : [...state.off, name]});
  });
  return card;
}

export function makeCards(loaded) {
  nets = loaded;
  $('cards').replaceChildren(...nets.residual.blocks.map(makeCard));
  for (const button of document.querySelectorAll('[data-net]')) button.addEventListener('click', () => set({net: button.dataset.net}));
  onScheme(() => steps && showBlocks(steps));
}

// The steps of one pass, see run() in network.js
export function showBlocks(found) {
  steps = found;
  const plain = state.net === 'plain';
  for (const button of document.querySelectorAll('[data-net]')) button.setAttribute('aria-pressed', button.dataset.net === state.net);
  $('cards').classList.toggle('plain', plain);
  steps.forEach(({shortcut, f, sum}, k) => {
    const block = nets[state.net].blocks[k], card = $(`block${k + 1}`), on = switches(k), top = largest(shortcut, f, sum);
    for (const [part, map] of Object.entries({x: shortcut, f, sum})) {
      const button = card.querySelector(`[data-part=${part}]`);
      button.hidden = plain && part === 'sum';
      const gone = part === 'f' ? !on.branch : part === 'x' && !plain && !on.shortcut;
      button.classList.toggle('gone', gone);
      button.lastChild.textContent = plain && part === 'f' && gone ? 'off' : words[part];
      button.setAttribute('aria-label', `Block ${k + 1}, ${{x: 'what comes in, x', f: 'what the branch computes, F of x', sum: 'what goes out, x plus F of x'}[part]}${gone ? ', switched off' : ''}: enlarge a channel`);
      paintChannels(button.firstChild, part === 'f' && gone ? null : map, block.outputs, block.size, top);
    }
    const [branch, shortcut_] = card.querySelectorAll('[role=switch]');
    branch.textContent = plain ? 'block' : 'branch F(x)';
    shortcut_.textContent = 'shortcut x';
    shortcut_.hidden = plain;
    branch.setAttribute('aria-checked', on.branch);
    shortcut_.setAttribute('aria-checked', on.shortcut);
    branch.setAttribute('aria-label', plain ? `Block ${k + 1}` : `Branch of block ${k + 1}`);
    shortcut_.setAttribute('aria-label', `Shortcut of block ${k + 1}`);
  });
  detail();
}

// ---- one number

// The place where what goes out is largest
export function strongest(k, channel) {
  const {size} = nets[state.net].blocks[k], map = steps[k].sum, area = size * size;
  let at = 0;
  for (let i = 0; i < area; i++) if (map[channel * area + i] > map[channel * area + at]) at = i;
  return {row: Math.floor(at / size), column: at % size, input: 0};
}

export function show(what) { open = what; detail(); }

const table = (values, label) => `<table aria-label="${label}">${[0, 3, 6].map(r => `<tr>${[0, 1, 2].map(c => `<td>${number(values[r + c])}</td>`).join('')}</tr>`).join('')}</table>`;

// What the second convolution of a branch adds up at one place: for each input channel the window, the weights and their sum
export function terms(block, x, channel, row, column) {
  const hidden = conv(block.one, x, block.side, block.stride).map(v => Math.max(0, v)), {size, outputs, two: {weights, bias}} = block;
  return {bias: bias[channel], channels: Array.from({length: outputs}, (_, i) => {
    const window = [], kernel = [];
    for (let t = 0; t < 9; t++) {
      const r = row + Math.floor(t / 3) - 1, c = column + t % 3 - 1;
      window.push(r < 0 || c < 0 || r >= size || c >= size ? 0 : hidden[(i * size + r) * size + c]);
      kernel.push(weights[(channel >> 2) * outputs * 36 + (i * 9 + t) * 4 + (channel & 3)]);
    }
    return {window, kernel, sum: window.reduce((s, v, t) => s + v * kernel[t], 0)};
  })};
}

function sums(block, k, on) {
  const {channel, row, column, input} = open, {x, f, shortcut, sum} = steps[k], i = (channel * block.size + row) * block.size + column, plain = state.net === 'plain';
  if (plain && !on.branch) return '<p>This block is switched off: what comes in goes past it.</p>';
  const head = plain ? `<p>Here goes out <b>F(x) = ${number(f[i])}</b>; the shortcut is missing.</p>`
    : `<p class="sum"><b>x + F(x)</b> = ${on.shortcut ? number(shortcut[i]) : 'off'} ${on.branch ? signed(f[i]) : '+ off'} = <b>${number(sum[i])}</b>${sum[i] < 0 ? ', below zero: it goes out as 0 (ReLU)' : ''}</p>`;
  if (!on.branch) return head;
  const {bias, channels} = terms(block, x, channel, row, column), n = channels.length, now = channels[input];
  const sofar = channels.slice(0, input + 1).reduce((s, c) => s + c.sum, bias), most = Math.max(...channels.map(c => Math.abs(c.sum)));
  return `${head}<p>How <b>F(x) = ${number(f[i])}</b> comes about: nine products for each of the ${n} channels that the branch’s first convolution computed. Channel ${input + 1} of those:</p>
    <div class="product">${table(now.window, 'inputs')}<span>×</span>${table(now.kernel, 'weights')}<span>= ${number(now.sum)}</span></div>
    <div class="adds" aria-hidden="true">${channels.map((c, j) => `<i class="${c.sum < 0 ? 'minus' : ''}${j > input ? ' later' : ''}" style="height:${(100 * Math.abs(c.sum) / (most || 1)).toFixed(0)}%"></i>`).join('')}</div>
    <p>${input + 1 < n ? 'So far' : 'All together'}, with the bias of ${number(bias)}: <b id="sofar">${number(sofar)}</b></p>
    <div class="buttons"><button type="button" data-do="next">${input + 1 < n ? 'Next channel' : 'Once more'}</button><button type="button" data-do="all">All</button></div>`;
}

function detail() {
  for (const panel of document.querySelectorAll('.detail')) if (!open || panel.parentNode.id !== `block${open.k + 1}`) { panel.hidden = true; panel.replaceChildren(); }
  if (!open) return;
  const {k} = open, block = nets[state.net].blocks[k], panel = $(`block${k + 1}`).querySelector('.detail'), focus = document.activeElement?.dataset?.do;
  const on = switches(k), plain = state.net === 'plain', parts = {x: steps[k].shortcut, f: on.branch ? steps[k].f : null, sum: steps[k].sum};
  panel.hidden = false;
  panel.innerHTML = `<div class="bar"><button type="button" data-do="before" aria-label="Channel before">‹</button><h4>Block ${k + 1}, channel ${open.channel + 1} of ${block.outputs}</h4><button type="button" data-do="after" aria-label="Channel after">›</button><button type="button" data-do="close" aria-label="Close">×</button></div>
    <div class="flow">${Object.keys(words).filter(p => !plain || p !== 'sum').map(p => `<div><canvas data-part="${p}" role="img" aria-label="${words[p]}, channel ${open.channel + 1}"></canvas><span aria-hidden="true">${words[p]}</span></div>`).join('')}</div>
    <p class="small" id="pick"><span>Row ${open.row + 1}, column ${open.column + 1}; tap a pixel for another</span><button type="button" data-do="pixel">Next pixel</button></p>${sums(block, k, on)}`;
  const top = largest(...Object.values(parts));
  for (const canvas of panel.querySelectorAll('canvas')) {
    paintChannel(canvas, parts[canvas.dataset.part], open.channel, block.size, top, [open.row, open.column]);
    canvas.addEventListener('click', e => {
      const box = canvas.getBoundingClientRect(), at = v => Math.min(block.size - 1, Math.max(0, Math.floor(v * block.size)));
      show({...open, row: at((e.clientY - box.top) / box.height), column: at((e.clientX - box.left) / box.width), input: 0});
    });
  }
  const moves = {before: -1, after: 1}, area = block.size ** 2;
  for (const button of panel.querySelectorAll('[data-do]')) button.addEventListener('click', () => {
    const what = button.dataset.do;
    if (what in moves) { const channel = (open.channel + moves[what] + block.outputs) % block.outputs; show({k, channel, ...strongest(k, channel)}); }
    if (what === 'next') show({...open, input: (open.input + 1) % block.outputs});
    if (what === 'all') show({...open, input: block.outputs - 1});
    if (what === 'pixel') { const at = (open.row * block.size + open.column + 1) % area; show({...open, row: Math.floor(at / block.size), column: at % block.size, input: 0}); }
    if (what === 'close') { show(null); $(`block${k + 1}`).querySelector('.picture').focus(); }
  });
  if (focus) panel.querySelector(`[data-do=${focus}]`)?.focus();
}

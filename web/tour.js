// The guided tour: eight steps, each a text, a situation and a place on the page; it can be left at any time.
import {set, state} from './state.js';

const $ = id => document.getElementById(id);

const STEPS = [
  {at: 'digit', title: 'Two networks, one difference', link: ['course/residual_idea.html', 'The residual idea'], state: {off: [], net: 'residual'},
    text: 'Both networks have 20 layers, the same number of weights and the same training. Only one has shortcuts. Draw a digit, or pick one. The bar at the top keeps their answers, and how many of 500 test digits each reads.'},
  {at: 'block2', title: 'A block adds something', link: ['course/residual_idea.html', 'The residual idea'], state: {off: [], net: 'residual'},
    text: 'The layers come in blocks. In the residual network a block takes the picture x, computes a change F(x), and hands on the sum x + F(x). Orange is above zero, blue below.'},
  {at: 'detail2', title: 'One number, by hand', link: ['course/blocks.html', 'Blocks'], state: {off: [], net: 'residual'}, open: true,
    text: 'Each pixel is one addition: what came in, plus nine products for each channel. Press “Next channel” to follow one.'},
  {at: 'accuracy', title: 'Break one block', link: ['course/lesions.html', 'Lesions'], state: {off: ['b8'], net: 'residual'},
    text: 'The branch of block 8 is now out of both networks. The residual one hardly notices: its shortcut still carries x. The plain one has lost its only way.'},
  {at: 'accuracy', title: 'Break more', link: ['course/lesions.html', 'Lesions'], state: {off: ['b8', 'b9', 'b2', 'b7'], net: 'residual'},
    text: 'One block after the other goes. The residual network gets worse little by little, as a crowd that loses members; the plain one was lost at the first.'},
  {at: 'block2', title: 'Now take a shortcut out', link: ['course/signal.html', 'Signal'], state: {off: ['s2'], net: 'residual'},
    text: 'With the branch in place but the shortcut of block 2 out, the residual network fails too: it has learned changes, and a change without its x is not enough. The plain one never had a shortcut.'},
  {at: 'lost', title: 'Deeper', link: ['course/degradation.html', 'Degradation'], state: {off: [], net: 'residual'},
    text: 'With 56 layers the plain network learns worse, even the digits it is trained on (the curves above): each of its 27 blocks must paint a new picture. In the residual one you can follow your digit from block to block.'},
  {at: 'build', title: 'Build one', link: ['course/networks.html', 'Networks'], state: {off: []},
    text: 'Real networks are the same sum, often repeated. Choose a famous one or your own, and see what it costs and how far it looks.'},
];

let opened = () => {}, closed = () => {};

export function go(n, scroll = true) {
  if (n < 1 || n > STEPS.length) return leave();
  const {state: situation} = STEPS[n - 1];
  set({...situation, step: n});
  show(scroll);
}

function show(scroll) {
  const {at, title, text, link, open} = STEPS[state.step - 1];
  $('tour').hidden = false;
  document.body.classList.add('touring');
  $('tour-title').textContent = `${state.step} of ${STEPS.length}: ${title}`;
  $('tour-text').textContent = text;
  const a = $('tour-link');
  a.href = a.dataset.site + link[0];
  a.textContent = `More: ${link[1]}`;
  $('tour-back').disabled = state.step === 1;
  $('tour-next').textContent = state.step === STEPS.length ? 'Finish' : 'Next';
  (open ? opened : closed)();
  const move = () => $(at).scrollIntoView({block: 'start', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth'});
  if (scroll) requestAnimationFrame(() => requestAnimationFrame(move));   // when the page has its new height
}

function leave() {
  $('tour').hidden = true;
  document.body.classList.remove('touring');
  set({step: 0});
  $('start-tour').focus({preventScroll: true});
}

// open, close: show a number being computed, and hide it
export function startTour(open, close) {
  opened = open;
  closed = close;
  $('start-tour').addEventListener('click', () => { go(1); $('tour-next').focus({preventScroll: true}); });
  $('tour-next').addEventListener('click', () => go(state.step + 1));
  $('tour-back').addEventListener('click', () => go(state.step - 1));
  $('tour-leave').addEventListener('click', leave);
  document.addEventListener('keydown', e => { if (e.key === 'Escape' && state.step) leave(); });
  if (state.step) show(true);   // the address says what is switched off
}

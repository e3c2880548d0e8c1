// The guided tour: eight steps, each a text, a situation and a place on the page; it can be left at any time.
import {set, state} from './state.js';

const $ = id => document.getElementById(id);

const STEPS = [
  {at: 'digit', title: 'Two networks, one difference', link: ['course/residual_idea.html', 'The residual idea'], state: {off: [], net: 'residual'},
    idea: true, text: 'Both have 20 layers, as many weights, the same training. But in the residual network a shortcut (orange) carries x past every two layers, and what they compute is added. Draw a digit: the bar at the top says what each network reads, and how many of 500 test digits it gets right.'},
  {at: 'block2', title: 'A block adds something', link: ['course/residual_idea.html', 'The residual idea'], state: {off: [], net: 'residual'},
    text: 'A block takes the picture x, computes a change F(x), and hands on the sum x + F(x). Each small square is one channel, a view of the digit; orange is above zero, blue below.'},
  {at: 'detail2', title: 'One number, by hand', link: ['course/blocks.html', 'Blocks'], state: {off: [], net: 'residual'}, open: true,
    text: 'Each pixel that goes out is one addition: what came in, plus the change. And the change is nine products for each channel, summed up: “Next channel” adds the next nine.'},
  {at: 'accuracy', title: 'Break one block', link: ['course/lesions.html', 'Lesions'], state: {off: ['b8'], net: 'residual'},
    text: 'Block 8 is now off in both networks. The residual one hardly notices: its shortcut still carries x. The plain one is lost: its last block gets a picture of a kind that it has never seen.'},
  {at: 'accuracy', title: 'Break more', link: ['course/lesions.html', 'Lesions'], state: {off: ['b8', 'b9', 'b2', 'b7'], net: 'residual'},
    text: 'Blocks 9, 2 and 7 go too, one after the other. The residual network gets worse little by little, like a crowd that loses members; the plain one was lost at the first.'},
  {at: 'block2', title: 'Now take a shortcut out', link: ['course/signal.html', 'Signal'], state: {off: ['s2'], net: 'residual'},
    text: 'With the branch in place but the shortcut of block 2 out, the residual network fails too: it has learned changes, and a change without its x is not enough. The plain one never had a shortcut.'},
  {at: 'shallow', title: 'Deeper', link: ['course/degradation.html', 'Degradation'], state: {off: [], net: 'residual'},
    text: 'With 56 layers the residual network gets better. The plain one (dashed) learns late and ends worse than with 20, even on the digits that it is trained on.'},
  {at: 'lost', title: 'Why the plain one dies', link: ['course/signal.html', 'Signal'], state: {off: [], net: 'residual'},
    text: 'Each plain block must paint a new picture: 27 times over, your digit is soon gone. A residual block keeps x and learns only a small change. Below you can build such a network yourself.'},
];

let opened = () => {}, closed = () => {};

export function go(n, scroll = true) {
  if (n < 1 || n > STEPS.length) return leave();
  const {state: situation} = STEPS[n - 1];
  set({...situation, step: n});
  show(scroll);
}

function show(scroll) {
  const {at, title, text, link, open, idea} = STEPS[state.step - 1];
  $('tour').hidden = false;
  document.body.classList.add('touring');
  $('tour-title').textContent = `${state.step} of ${STEPS.length}: ${title}`;
  $('tour-text').textContent = text;
  $('tour-idea').hidden = !idea;
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

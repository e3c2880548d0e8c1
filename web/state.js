// What the page shows, in one place; kept in the address, so that a link leads to a situation.

export const state = {
  digit: 0,        // number of the test digit that is shown, or null where one is drawn
  ink: null,       // a drawn digit: 196 values from 0 to 15, row by row
  net: 'residual', // whose blocks are shown
  off: [],         // switches that are off, in their order: 'b3' is the branch of the third block, 's3' its shortcut
  step: 0,         // of the guided tour, 0 where it is not taken
  design: '',      // of the network that is built
};

const listeners = [];
export const onChange = f => listeners.push(f);

// Change some of it: set({net: 'plain'}); who listens gets the names of what changed
export function set(change) {
  const changed = Object.keys(change).filter(key => JSON.stringify(state[key]) !== JSON.stringify(change[key]));
  Object.assign(state, change);
  if (changed.length) { write(); for (const f of listeners) f(changed); }
}

// The switches of block k (from 0), as step() in network.js takes them
export const switches = (k, off = state.off) => ({branch: !off.includes(`b${k + 1}`), shortcut: !off.includes(`s${k + 1}`)});

// ---- the address

const hex = ink => ink.map(v => v.toString(16)).join('');

export function address({digit, ink, net, off, step, design} = state) {
  const parts = new URLSearchParams();
  if (ink) parts.set('ink', hex(ink)); else if (digit) parts.set('digit', digit);
  if (net !== 'residual') parts.set('net', net);
  if (off.length) parts.set('off', off.join('.'));
  if (step) parts.set('step', step);
  if (design) parts.set('design', design);
  return `#${parts}`;
}

let resting;
function write() { clearTimeout(resting); resting = setTimeout(() => history.replaceState(null, '', address()), 250); }   // browsers allow few changes a second

// What the address says; whatever makes no sense in it is left out
export function read(hash = location.hash) {
  const parts = new URLSearchParams(hash.slice(1)), number = (key, high) => Math.min(high, Math.max(0, parseInt(parts.get(key)) || 0));
  const ink = parts.get('ink') ?? '';
  const drawn = /^[0-9a-f]{196}$/.test(ink) && /[1-9a-f]/.test(ink);
  return {
    digit: drawn ? null : number('digit', 499),
    ink: drawn ? [...ink].map(c => parseInt(c, 16)) : null,
    net: parts.get('net') === 'plain' ? 'plain' : 'residual',
    off: [...new Set((parts.get('off') ?? '').split('.').filter(s => /^[bs][1-9]$/.test(s)))],
    step: number('step', 8),
    design: /^[\w,.-]{1,200}$/.test(parts.get('design') ?? '') ? parts.get('design') : '',
  };
}

// Counts how many of the 500 test digits a network reads, with some switches off. One worker for each network.
// It keeps the images as they enter each block, so that after a switch only the blocks behind it are computed.
import {load} from './tensors.js';
import {best, head, network, stem, step} from './network.js';
import {switches} from './state.js';

let net, labels, seen, wanted = 0;
const kept = [];   // kept[k]: {key, maps}: what enters block k, and the switches before it that made it

async function start(file) {
  const [model, digits] = await Promise.all([load(new URL(file, import.meta.url)), load(new URL('digits.safetensors', import.meta.url))]);
  net = network(model);
  labels = digits.tensors.labels.data;
  const {data} = digits.tensors.pixels;
  seen = Array.from(labels, (_, i) => Float64Array.from(data.subarray(196 * i, 196 * i + 196), v => v / 255));
  kept[0] = {key: '', maps: seen.map(image => Float32Array.from(stem(net, image)))};
}

const rest = () => new Promise(done => { const {port1, port2} = new MessageChannel(); port1.onmessage = done; port2.postMessage(0); });

// Share of the digits that are right; undefined where something newer is wanted meanwhile
async function accuracy(off, id) {
  const plain = net.kind === 'plain', key = k => off.filter(s => s[1] <= k && !(plain && s[0] === 's')).sort().join();
  for (let k = 0; k < net.blocks.length; k++) {
    if (kept[k + 1]?.key === key(k + 1)) continue;
    for (let j = k + 1; j < kept.length; j++) delete kept[j];
    const on = switches(k, off), {maps} = kept[k];
    kept[k + 1] = {key: key(k + 1), maps: maps.map(x => Float32Array.from(step(net, net.blocks[k], x, on).out))};
    await rest();
    if (id < wanted) return;
  }
  return kept[net.blocks.length].maps.filter((x, i) => best(head(net, x)) === labels[i]).length / labels.length;
}

const ready = new Promise((done, failed) => addEventListener('message', e => { if (e.data.file) start(e.data.file).then(done, failed); }));
let queue = Promise.resolve();
addEventListener('message', ({data: {off, id}}) => {
  if (!off) return;
  wanted = Math.max(wanted, id);
  queue = queue.then(async () => {
    try {
      await ready;
      postMessage({id, accuracy: id < wanted ? undefined : await accuracy(off, id)});
    } catch (e) { postMessage({id, error: e.message}); }
  });
});

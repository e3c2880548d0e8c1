// The networks of the page in plain JavaScript: 3x3 convolutions with the norms folded in, blocks with two switches, a head.
// The same as digit_network and switched in resnet_nb/web.py; tools/web_test.py compares the two.

export const SIDE = 14;   // height and width of an image

// ---- a convolution

// 3x3, padding 1; weights reordered so that those of four output channels lie side by side
function prepare({shape: [outputs, inputs], data}, bias) {
  const weights = new Float64Array(outputs * inputs * 9);
  for (let o = 0; o < outputs; o++) for (let k = 0; k < inputs * 9; k++) weights[(o >> 2) * inputs * 36 + k * 4 + (o & 3)] = data[o * inputs * 9 + k];
  return {inputs, outputs, weights, bias: bias.data};
}

let padded = new Float64Array(32 * 16 * 16);   // the input with a border of zeros, used again and again

function pad(x, channels, side) {
  const wide = side + 2;
  padded.fill(0, 0, channels * wide * wide);
  for (let c = 0, i = 0; c < channels; c++) for (let r = 0; r < side; r++) {
    const row = (c * wide + r + 1) * wide + 1;
    for (let k = 0; k < side; k++) padded[row + k] = x[i++];
  }
}

// x: channels by side by side; returns the same with the layer's channels, and half the side for stride 2
export function conv({inputs, outputs, weights, bias}, x, side, stride = 1) {
  const wide = side + 2, plane = wide * wide, size = Math.ceil(side / stride), area = size * size, out = new Float64Array(outputs * area);
  pad(x, inputs, side);
  for (let group = 0; group < outputs; group += 4) {          // four channels and two pixels at a time: a number read is used eight times
    const first = group * inputs * 9, b0 = bias[group], b1 = bias[group + 1], b2 = bias[group + 2], b3 = bias[group + 3];
    for (let r = 0; r < size; r++) for (let c = 0; c < size; c += 2) {
      const left = Math.min(c, size - 2);                       // an odd last pixel is computed with the one before it
      let a0 = b0, a1 = b1, a2 = b2, a3 = b3, d0 = b0, d1 = b1, d2 = b2, d3 = b3, w = first;
      for (let i = 0, corner = (r * wide + left) * stride; i < inputs; i++, corner += plane) {
        for (let p = corner, end = corner + 3 * wide; p < end; p += wide) for (let k = p; k < p + 3; k++, w += 4) {
          const u = padded[k], v = padded[k + stride], w0 = weights[w], w1 = weights[w + 1], w2 = weights[w + 2], w3 = weights[w + 3];
          a0 += w0 * u; a1 += w1 * u; a2 += w2 * u; a3 += w3 * u;
          d0 += w0 * v; d1 += w1 * v; d2 += w2 * v; d3 += w3 * v;
        }
      }
      const at = group * area + r * size + left;
      out[at] = a0; out[at + area] = a1; out[at + 2 * area] = a2; out[at + 3 * area] = a3;
      out[at + 1] = d0; out[at + 1 + area] = d1; out[at + 1 + 2 * area] = d2; out[at + 1 + 3 * area] = d3;
    }
  }
  return out;
}

const relu = x => { for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] = 0; return x; };

// Option A: every second pixel, and channels of zeros on both sides
export function reshape(x, {inputs, outputs, side, stride}) {
  if (stride === 1 && inputs === outputs) return x;
  const size = Math.ceil(side / stride), out = new Float64Array(outputs * size * size), before = (outputs - inputs) >> 1;
  for (let c = 0; c < inputs; c++) for (let r = 0; r < size; r++) for (let k = 0; k < size; k++)
    out[((c + before) * size + r) * size + k] = x[(c * side + r * stride) * side + k * stride];
  return out;
}

// ---- a network

// tensors of a file (see tensors.js) as a network: {stem, blocks, head}
export function network({tensors, about}) {
  const layer = name => prepare(tensors[`${name}.weight`], tensors[`${name}.bias`]);
  const blocks = [];
  let side = SIDE;
  for (let stage = 1; stage <= 3; stage++) for (let k = 0; k < (about.depth - 2) / 6; k++) {
    const name = `layer${stage}.${k}`, one = layer(`${name}.conv1`), stride = stage > 1 && k === 0 ? 2 : 1;
    blocks.push({name, stage, side, stride, inputs: one.inputs, outputs: one.outputs, one, two: layer(`${name}.conv2`)});
    side = Math.ceil(side / stride);
    blocks.at(-1).size = side;
  }
  return {...about, stem: layer('conv1'), blocks, head: {weight: tensors['fc.weight'].data, bias: tensors['fc.bias'].data, shape: tensors['fc.weight'].shape}};
}

export const stem = (net, image) => relu(conv(net.stem, image, SIDE));

// The two convolutions of a block's branch
export const branch = (block, x) => conv(block.two, relu(conv(block.one, x, block.side, block.stride)), block.size);

// One block; on: {branch, shortcut}, true or false. Returns what its pictures show: the shortcut's x, F(x), the sum, and the output
export function step(net, block, x, on) {
  const shortcut = reshape(x, block), plain = net.kind === 'plain';
  if (plain && !on.branch) return {x, shortcut, f: null, sum: shortcut, out: shortcut};   // past the block
  const f = on.branch ? branch(block, x) : new Float64Array(shortcut.length);
  const sum = f.slice();
  if (!plain && on.shortcut) for (let i = 0; i < sum.length; i++) sum[i] += shortcut[i];
  return {x, shortcut, f, sum, out: relu(sum.slice())};
}

// Scores of the ten digits
export function head({head: {weight, bias, shape: [classes, channels]}}, x) {
  const area = x.length / channels, mean = new Float64Array(channels);
  for (let c = 0, i = 0; c < channels; c++) { for (let k = 0; k < area; k++) mean[c] += x[i++]; mean[c] /= area; }
  return Array.from({length: classes}, (_, d) => mean.reduce((sum, m, c) => sum + m * weight[d * channels + c], bias[d]));
}

export function softmax(scores) {
  const top = Math.max(...scores), e = scores.map(s => Math.exp(s - top)), sum = e.reduce((a, b) => a + b);
  return e.map(v => v / sum);
}

export const best = scores => scores.indexOf(Math.max(...scores));

export const ON = {branch: true, shortcut: true};

// All of it for one image; off(k) gives the switches of block k. Returns {steps, probability}
export function run(net, image, on = () => ON) {
  let x = stem(net, image);
  const steps = net.blocks.map((block, k) => { const s = step(net, block, x, on(k)); x = s.out; return s; });
  return {steps, probability: softmax(head(net, x))};
}

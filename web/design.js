// A network's layers, counted from its design: shapes, parameters, multiply-adds, receptive field.
// The same as layer_table in resnet_nb.tables; tools/web_test.py compares the two for all named networks and 200 others.

export const STEMS = {imagenet: [7, 2, true], cifar: [3, 1, false], conv7: [7, 1, false]};   // kernel, stride, max pooling
export const BLOCKS = {basic: 'Basic: two 3×3', bottleneck: 'Bottleneck: 1×1, 3×3, 1×1', preact: 'Pre-activation basic', preact_bottleneck: 'Pre-activation bottleneck', perconv: 'A shortcut around each 3×3'};

// What a design says, and what holds where it says nothing
export const DEFAULT = {block: 'basic', depths: [2, 2, 2, 2], widths: [64, 128, 256, 512], stem: 'imagenet', stemWidth: 64, stemNorm: true, shortcut: 'B',
  strideOn: '3x3', groups: 1, baseWidth: 64, side: 224, channels: 3, classes: 1000};

const bottle = {block: 'bottleneck'}, pre = {block: 'preact'}, preBottle = {block: 'preact_bottleneck'};
const cifar = (n, more) => ({depths: [n, n, n], widths: [16, 32, 64], stem: 'cifar', stemWidth: 16, side: 32, classes: 10, ...more});
const small = widths => ({depths: widths.map(() => 1), widths, stem: 'cifar', stemWidth: widths[0], side: 32, classes: 10});
const depths = {20: 3, 32: 5, 44: 7, 56: 9, 110: 18};

export const NAMED = Object.fromEntries(Object.entries({
  resnet18: {}, resnet34: {depths: [3, 4, 6, 3]}, resnet50: {...bottle, depths: [3, 4, 6, 3]}, resnet101: {...bottle, depths: [3, 4, 23, 3]}, resnet152: {...bottle, depths: [3, 8, 36, 3]},
  wide_resnet50_2: {...bottle, depths: [3, 4, 6, 3], baseWidth: 128}, wide_resnet101_2: {...bottle, depths: [3, 4, 23, 3], baseWidth: 128},
  resnext50_32x4d: {...bottle, depths: [3, 4, 6, 3], groups: 32, baseWidth: 4}, resnext101_32x8d: {...bottle, depths: [3, 4, 23, 3], groups: 32, baseWidth: 8},
  ...Object.fromEntries([...Object.entries(depths), [1202, 200]].map(([d, n]) => [`cifar_resnet${d}`, cifar(n, {shortcut: 'A'})])),
  ...Object.fromEntries(Object.entries(depths).map(([d, n]) => [`cifar_plain${d}`, cifar(n, {shortcut: 'none'})])),
  cifar_preact_resnet110: cifar(18, {...pre, shortcut: 'A'}), cifar_preact_resnet164: cifar(18, {...preBottle, strideOn: '1x1'}), cifar_preact_resnet1001: cifar(111, {...preBottle, strideOn: '1x1'}),
  preact_resnet18: pre, preact_resnet34: {...pre, depths: [3, 4, 6, 3]}, preact_resnet50: {...preBottle, depths: [3, 4, 6, 3]},
  preact_resnet152: {...preBottle, depths: [3, 8, 36, 3]}, preact_resnet200: {...preBottle, depths: [3, 24, 36, 3]},
  wrn_16_4: cifar(2, {...pre, widths: [64, 128, 256]}), wrn_28_10: cifar(4, {...pre, widths: [160, 320, 640]}),
  resnet_small: small([16, 32, 64]), resnet_medium: small([32, 64, 128, 256]), resnet_large: small([64, 128, 256, 512]),
  preact12: {block: 'perconv', depths: [4, 4, 4], widths: [32, 64, 128], stem: 'conv7', stemWidth: 32, stemNorm: false, shortcut: 'A', side: 32, classes: 10},
}).map(([name, d]) => [name, {...DEFAULT, ...d}]));

// A map on its way: channels, side, receptive field, and jump (input pixels from one of its pixels to the next)
const window = (m, channels, kernel, stride) => ({channels, side: Math.floor((m.side - 1) / stride) + 1, field: m.field + (kernel - 1) * m.jump, jump: m.jump * stride});

// What is wrong with a design, in a sentence; '' where nothing is
export function wrong(d) {
  const whole = (v, low, high) => Number.isInteger(v) && v >= low && v <= high;
  if (d.depths.length < 1 || d.depths.length > 4 || !d.depths.every(n => whole(n, 1, 400))) return 'A network has one to four stages of 1 to 400 blocks.';
  if (!d.widths.every(n => whole(n, 1, 4096)) || !whole(d.stemWidth, 1, 4096)) return 'A stage has 1 to 4096 channels.';
  if (!whole(d.side, 1, 1024) || !whole(d.channels, 1, 64) || !whole(d.classes, 1, 100000)) return 'The image has 1 to 1024 pixels on a side, and there is at least one class.';
  const [, stride, pool] = STEMS[d.stem], least = (stride * (pool ? 2 : 1) * 2 ** (d.depths.length - 1)) / 2 + 1;
  if (d.side < Math.floor(least)) return `The strides of this network need an image of at least ${Math.floor(least)} pixels on a side.`;
  const grows = [d.stemWidth, ...d.widths.map(w => w * expansion(d))].some((c, i, all) => i > 0 && i <= d.depths.length && c < all[i - 1]);
  if (d.shortcut === 'A' && grows && d.block !== 'perconv') return 'Shortcut A can add channels, not take them away: choose B, or widths that grow.';
  if (d.block === 'perconv' && !['A', 'none'].includes(d.shortcut)) return 'The shortcuts around each convolution have no parameters: choose A or none.';
  const inner = d.widths.slice(0, d.depths.length).map(w => Math.floor(w * d.baseWidth / 64) * d.groups);
  if (d.groups > 1 && d.block.includes('bottle') === false && ![d.stemWidth, ...d.widths].every(c => c % d.groups === 0)) return `${d.groups} groups do not divide all channels.`;
  return inner.some(w => w < 1) ? 'With this base width a block has no channels inside.' : '';
}

const expansion = d => d.block.includes('bottleneck') ? 4 : 1;

// Rows in the order of computation: {piece, kind, params, macs, field, kernel}, and the pieces to draw: {name, stage, channels, side, shortcut, params, macs}
export function layers(design) {
  const d = {...DEFAULT, ...design}, rows = [], pieces = [{name: 'image', stage: 0, channels: d.channels, side: d.side, shortcut: '', params: 0, macs: 0}];
  let map = {channels: d.channels, side: d.side, field: 1, jump: 1}, piece = 'stem';
  const note = (kind, params, macs, m) => rows.push({piece, kind, params, macs, field: m.field});
  function conv(m, out, kernel, stride = 1, {groups = 1, bias = false, kind = 'conv'} = {}) {
    const next = window(m, out, kernel, stride), weights = kernel * kernel * (m.channels / groups) * out;
    note(kind, weights + (bias ? out : 0), weights * next.side ** 2, next);
    return next;
  }
  const norm = m => note('norm', 2 * m.channels, 0, m);

  const [kernel, stride, pool] = STEMS[d.stem];
  map = conv(map, d.stemWidth, kernel, stride, {bias: !d.stemNorm});
  if (d.stemNorm) norm(map);
  finish('stem', 1, '');
  if (pool) { piece = 'pooling'; map = window(map, map.channels, 3, 2); note('pool', 0, 0, map); finish('pooling', 2, ''); }

  const preact = d.block.startsWith('preact') || d.block === 'perconv';
  let first = preact && d.stemNorm;   // norm and activation have just been there
  d.depths.forEach((depth, i) => {
    for (let j = 0; j < depth; j++) {
      piece = `${i + 1}.${j}`;
      const shortcut = block(d.widths[i], i && !j ? 2 : 1, first);
      first = false;
      finish(`block ${j + 1} of stage ${i + 1}`, i + 2, shortcut);
    }
  });
  piece = 'head';
  if (preact) norm(map);
  note('linear', (map.channels + 1) * d.classes, map.channels * d.classes, map);
  return {rows, pieces, depth: rows.filter(r => r.kind === 'conv' || r.kind === 'linear').length, params: sum('params'), macs: sum('macs'),
    field: Math.max(1, ...rows.filter(r => ['conv', 'pool', 'projection'].includes(r.kind)).map(r => r.field)), last: map, classes: d.classes};

  function sum(what, of = () => true) { return rows.reduce((s, r) => s + (of(r) ? r[what] : 0), 0); }
  function finish(name, stage, shortcut) {
    const own = r => r.piece === piece;
    pieces.push({name, stage, channels: map.channels, side: map.side, shortcut, params: sum('params', own), macs: sum('macs', own)});
  }

  // One block, from `map`; returns the kind of its shortcut
  function block(width, stride, afterNorm) {
    const bottleneck = d.block.includes('bottleneck'), inner = Math.floor(width * d.baseWidth / 64) * d.groups, out = width * expansion(d);
    const changes = stride !== 1 || map.channels !== out, project = d.shortcut === 'C' || d.shortcut === 'B' && changes;
    if (d.block === 'perconv') return perConv(width, stride, afterNorm);
    const start = map;
    if (preact && !afterNorm) norm(map);
    if (bottleneck) {
      const [s1, s2] = d.strideOn === '3x3' ? [1, stride] : [stride, 1];
      map = conv(map, inner, 1, s1); norm(map);
      map = conv(map, inner, 3, s2, {groups: d.groups}); norm(map);
      map = conv(map, out, 1);
    } else {
      map = conv(map, inner, 3, stride, {groups: d.groups}); norm(map);
      map = conv(map, out, 3, 1, {groups: d.groups});
    }
    if (!preact) norm(map);
    if (project) { const side = conv(start, out, 1, stride, {kind: 'projection'}); if (!preact) norm(side); }
    return d.shortcut === 'none' ? '' : project ? 'projection' : changes ? 'padding' : 'identity';
  }

  // Two convolutions, each with its own shortcut; a 1x1 convolution widens first, and the first has none where it has a stride
  function perConv(width, stride, afterNorm) {
    if (map.channels !== width) map = conv(map, width, 1, 1, {bias: true});
    if (!afterNorm) norm(map);
    map = conv(map, width, 3, stride, {groups: d.groups, bias: true}); norm(map);
    map = conv(map, width, 3, 1, {groups: d.groups, bias: true});
    return d.shortcut === 'none' ? '' : 'identity';
  }
}

// Numbers as pictures: ink is black on white, a channel is white at zero, orange above and blue below.

const dark = matchMedia('(prefers-color-scheme: dark)');
export const onScheme = f => dark.addEventListener('change', f);

// v from -1 to 1 as red, green, blue
function colour(v) {
  const zero = dark.matches ? [24, 28, 34] : [255, 255, 255], full = v > 0 ? (dark.matches ? [255, 170, 60] : [200, 80, 0]) : (dark.matches ? [110, 180, 255] : [0, 90, 180]);
  const t = Math.min(1, Math.abs(v)) ** 0.7;   // what is small can be seen too
  return zero.map((z, i) => z + t * (full[i] - z));
}

function paint(canvas, width, height, value) {
  if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
  const image = new ImageData(width, height);
  for (let y = 0, i = 0; y < height; y++) for (let x = 0; x < width; x++, i += 4) {
    image.data[i + 3] = 255;
    image.data.set(value(x, y), i);   // red, green, blue, and opacity where it is not full
  }
  canvas.getContext('2d').putImageData(image, 0, 0);
}

// A digit as it enters the network, values from 0 to 1
export const paintDigit = (canvas, pixels, side) => paint(canvas, side, side, (x, y) => Array(3).fill(255 * (1 - pixels[y * side + x])));

// How many small squares a picture of so many channels has in a row
export const across = channels => Math.ceil(Math.sqrt(channels));

// Colours as numbers of 32 bits, for values from -1 to 1 in 512 steps
const pack = ([r, g, b]) => (255 << 24 | b << 16 | g << 8 | r) >>> 0;
const palettes = {};
function palette() {
  return palettes[dark.matches] ??= {steps: Uint32Array.from({length: 513}, (_, i) => pack(colour((i - 256) / 256))), border: pack(dark.matches ? [70, 80, 95] : [190, 196, 204])};
}

// All channels of a map as small squares; top is the value of full colour
export function paintChannels(canvas, data, channels, side, top) {
  const n = across(channels), zoom = Math.max(1, Math.round(28 / side)), size = zoom * side, cell = size + 2;
  const width = n * cell - 2, height = Math.ceil(channels / n) * cell - 2, {steps, border} = palette();
  const image = new ImageData(width, height), pixels = new Uint32Array(image.data.buffer);
  for (let c = 0, i = 0; c < channels; c++) {
    const left = c % n * cell, up = Math.floor(c / n) * cell, right = Math.min(width, left + cell), end = Math.min(height, up + cell);
    for (let y = up; y < end; y++) pixels.fill(border, y * width + left, y * width + right);
    for (let r = 0; r < side; r++) for (let k = 0; k < side; k++, i++) {
      const shade = steps[data ? Math.round(256 * (1 + Math.max(-1, Math.min(1, data[i] / top)))) : 256], at = (up + r * zoom) * width + left + k * zoom;
      for (let y = 0; y < zoom; y++) pixels.fill(shade, at + y * width, at + y * width + zoom);
    }
  }
  if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
  canvas.getContext('2d').putImageData(image, 0, 0);
}

// One channel, with a frame around one pixel
export function paintChannel(canvas, data, channel, side, top, [row, column] = [-1, -1]) {
  const zoom = 12, from = channel * side * side;
  paint(canvas, side * zoom, side * zoom, (x, y) => {
    const r = Math.floor(y / zoom), c = Math.floor(x / zoom), edge = x % zoom < 2 || y % zoom < 2 || x % zoom > zoom - 3 || y % zoom > zoom - 3;
    if (r === row && c === column && edge) return dark.matches ? [255, 255, 255] : [0, 0, 0];
    return colour(data ? data[from + r * side + c] / top : 0);
  });
}

// Which channel of paintChannels lies at a place, both from 0 to 1
export function channelAt(x, y, channels) {
  const n = across(channels), rows = Math.ceil(channels / n);
  return Math.min(channels - 1, Math.min(rows - 1, Math.floor(y * rows)) * n + Math.min(n - 1, Math.floor(x * n)));
}

export const largest = (...maps) => Math.max(1e-9, ...maps.filter(Boolean).map(m => m.reduce((top, v) => Math.max(top, Math.abs(v)), 0)));

// ---- elements

// A line chart as SVG. series: [{name, class, points: [[x, y], …]}], x from 0 to `last`, y from 0 to 1; ticks: [[x, text], …]
export function chart({series, last, ticks, label, xlabel, height = 220, chance = true}) {
  const width = 360, left = 40, right = 20, top = 12, bottom = 44, X = x => left + x / (last || 1) * (width - left - right), Y = y => top + (1 - y) * (height - top - bottom);
  const grid = [0, .25, .5, .75, 1].map(y => `<path class="grid" d="M${left} ${Y(y)}H${width - right}"/><text x="${left - 6}" y="${Y(y) + 4}" text-anchor="end">${100 * y}</text>`);
  const marks = ticks.map(([x, text]) => `<text x="${X(x)}" y="${height - bottom + 16}" text-anchor="middle">${text}</text>`);
  const runs = points => points.reduce((all, p, i) => (i && p[0] - points[i - 1][0] <= 1 ? all.at(-1).push(p) : all.push([p]), all), []);   // no line over what is not known yet
  const lines = series.map(({points, class: c, dots}) => runs(points).map(run => `<polyline class="${c}" points="${run.map(([x, y]) => `${X(x).toFixed(1)},${Y(y).toFixed(1)}`).join(' ')}"/>`).join('')
    + (dots ? points.map(([x, y]) => `<circle class="${c}" cx="${X(x).toFixed(1)}" cy="${Y(y).toFixed(1)}" r="4"/>`).join('') : ''));
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${grid.join('')}${chance ? `<path class="grid chance" d="M${left} ${Y(.1)}H${width - right}"/>` : ''}${marks.join('')}${lines.join('')}
    <text x="${(left + width - right) / 2}" y="${height - 6}" text-anchor="middle">${xlabel}</text></svg>`;
}

export const percent = (v, digits = 1) => v === undefined ? '…' : `${(100 * v).toFixed(digits)} %`;

// A map of values from 0 to 1, the darker the more
export const paintMap = (canvas, data, side) => paint(canvas, side, side, (x, y) => colour(data[y * side + x]));

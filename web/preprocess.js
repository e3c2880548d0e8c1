// The drawing as MNIST's digits were made: scaled into 20x20 pixels, its centre of mass in the middle of 28x28.
// The same as like_mnist in resnet_nb/web.py, which the how-to page explains; tools/web_test.py compares the two.

// Weights [size][n] that resample n values, the place `from` going to the place `to`: a triangle as wide as a pixel of the coarser grid
function triangle(n, size, scale, from, to) {
  const wide = Math.max(1, 1 / scale);
  return Array.from({length: size}, (_, i) => {
    const at = from + (i + 0.5 - to) / scale;
    return Float64Array.from({length: n}, (_, j) => Math.max(0, 1 - Math.abs(j + 0.5 - at) / wide) / wide);
  });
}

// ink: values from 0 (paper) to 1 (ink), row by row; returns 28x28 such values, or null where there is no ink
export function likeMnist(ink, height, width, box = 20, size = 28) {
  let mass = 0, x = 0, y = 0, top = height, left = width, bottom = -1, right = -1;
  for (let r = 0, i = 0; r < height; r++) for (let c = 0; c < width; c++, i++) {
    const v = ink[i];
    if (v <= 0.1) continue;
    mass += v; x += v * (c + 0.5); y += v * (r + 0.5);
    top = Math.min(top, r); bottom = r; left = Math.min(left, c); right = Math.max(right, c);
  }
  if (!mass) return null;
  const scale = box / Math.max(bottom - top + 1, right - left + 1);
  const middle = (size + 1) / 2;   // that of pixel 14, where MNIST's are
  const rows = triangle(height, size, scale, y / mass, middle), columns = triangle(width, size, scale, x / mass, middle);
  const wide = new Float64Array(height * size), out = new Float32Array(size * size);
  for (let r = top; r <= bottom; r++) for (let c = left; c <= right; c++) {
    const v = ink[r * width + c];
    if (v > 0) for (let i = 0; i < size; i++) wide[r * size + i] += v * columns[i][c];
  }
  for (let i = 0; i < size; i++) for (let r = top; r <= bottom; r++) {
    const w = rows[i][r];
    if (w) for (let j = 0; j < size; j++) out[i * size + j] += w * wide[r * size + j];
  }
  return out.map(v => Math.min(1, v));
}

// Reads a safetensors file: 8 bytes with the length of the header, the header in JSON, then the numbers.

// A 16-bit float: 1 bit sign, 5 bits exponent, 10 bits fraction
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1, exponent = bits >> 10 & 31, fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return exponent === 31 ? (fraction ? NaN : sign * Infinity) : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

// buffer: an ArrayBuffer; returns {tensors: {name: {shape, data}}, about: {key: value}} with data in doubles (F16) or bytes (U8)
export function parse(buffer) {
  const view = new DataView(buffer), length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const about = Object.fromEntries(Object.entries(header.__metadata__ ?? {}).map(([key, text]) => [key, JSON.parse(text)]));
  delete header.__metadata__;
  const tensors = {};
  for (const [name, {dtype, shape, data_offsets: [from, to]}] of Object.entries(header)) {
    if (dtype === 'U8') tensors[name] = {shape, data: new Uint8Array(buffer, 8 + length + from, to - from)};
    else if (dtype === 'F16') tensors[name] = {shape, data: Float64Array.from({length: (to - from) / 2}, (_, i) => half(view.getUint16(8 + length + from + 2 * i, true)))};
    else throw new Error(`${name} has numbers of type ${dtype}`);
  }
  return {tensors, about};
}

// An address that cannot be had gives a sentence, one that answers with something else (an error page) another
export async function load(address) {
  const name = String(address).split('/').pop();
  let answer;
  try { answer = await fetch(address); } catch { throw new Error(`The file ${name} could not be fetched. Are you offline?`); }
  if (!answer.ok) throw new Error(`The file ${name} is not where it should be (the server says ${answer.status}).`);
  try { return parse(await answer.arrayBuffer()); } catch { throw new Error(`The file ${name} is damaged, or something else has its address.`); }
}

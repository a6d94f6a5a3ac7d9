import { createRandom } from "../../src/engine/inpainting/random.js";

/** How far from a file's start its headers reach, most likely. */
const HEADER_BYTES = 128;
const EXTREMES = [0, 1, 0x7f, 0x80, 0xff];

type Random = (below: number) => number;
type Mutation = (bytes: Buffer, random: Random) => Buffer;

const flipBits: Mutation = (bytes, random) => {
  for (let flips = 1 + random(40); flips > 0; flips--) {
    const at = random(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
  }
  return bytes;
};

const truncate: Mutation = (bytes, random) => bytes.subarray(0, random(bytes.length));

const scrambleHeader: Mutation = (bytes, random) => {
  for (let writes = 1 + random(4); writes > 0; writes--) bytes[random(HEADER_BYTES)] = random(256);
  return bytes;
};

/** A number in the header, of one to four bytes, becomes one that programs stumble over. */
const writeExtreme: Mutation = (bytes, random) => {
  const at = random(HEADER_BYTES);
  return bytes.fill(EXTREMES[random(EXTREMES.length)] ?? 0, at, at + 1 + random(4));
};

const duplicate: Mutation = (bytes, random) => {
  const [start, end] = span(bytes, random);
  const at = random(bytes.length);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(start, end), bytes.subarray(at)]);
};

const remove: Mutation = (bytes, random) => {
  const [start, end] = span(bytes, random);
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
};

const insertGarbage: Mutation = (bytes, random) => {
  const at = random(bytes.length);
  const garbage = Buffer.alloc(1 + random(3000));
  for (let n = 0; n < garbage.length; n++) garbage[n] = random(256);
  return Buffer.concat([bytes.subarray(0, at), garbage, bytes.subarray(at)]);
};

const swapHalves: Mutation = (bytes, random) => {
  const at = random(bytes.length);
  return Buffer.concat([bytes.subarray(0, HEADER_BYTES), bytes.subarray(at), bytes.subarray(HEADER_BYTES, at)]);
};

const MUTATIONS = [
  flipBits,
  truncate,
  scrambleHeader,
  writeExtreme,
  duplicate,
  remove,
  insertGarbage,
  swapHalves,
] as const;

/** A damaged copy: one to three mutations, the same for the same seed. */
export function mutate(original: Uint8Array, seed: number): Uint8Array {
  const uniform = createRandom(BigInt(seed));
  const random: Random = (below) => Math.floor(uniform() * below);
  let bytes = Buffer.from(original);
  for (let count = 1 + random(3); count > 0 && bytes.length > HEADER_BYTES; count--) {
    bytes = Buffer.from((MUTATIONS[random(MUTATIONS.length)] ?? flipBits)(bytes, random));
  }
  return new Uint8Array(bytes);
}

function span(bytes: Buffer, random: Random): [number, number] {
  const start = random(bytes.length);
  return [start, start + 1 + random(Math.min(5000, bytes.length - start))];
}

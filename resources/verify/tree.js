// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// The Merkle tree of RFC 6962 / RFC 9162 section 2.1: hashes, a growing tree, and the checks of both proofs. Sizes are
// below 2^53 and handled without bit operators, which in JavaScript end at 2^31.

const HASHING = new Sha256();
const SCRATCH = new Uint8Array(2 ** 15);
const LEAF_PREFIX = Uint8Array.of(0);

function leafHash(bytes, start = 0, end = bytes.length) {
  const size = end - start + 1;
  if (size > SCRATCH.length) return HASHING.reset().update(LEAF_PREFIX).update(bytes, start, end).digest();
  // One piece that begins with a block is hashed in half the time.
  SCRATCH[0] = 0;
  SCRATCH.set(bytes.subarray(start, end), 1);
  return HASHING.reset().update(SCRATCH, 0, size).digest();
}

function nodeHash(left, right) {
  SCRATCH[0] = 1;
  SCRATCH.set(left, 1);
  SCRATCH.set(right, 33);
  return HASHING.reset().update(SCRATCH, 0, 65).digest();
}

function isOdd(number) {
  return number % 2 === 1;
}

function half(number) {
  return Math.floor(number / 2);
}

function bitsSet(number) {
  let count = 0;
  for (let rest = number; rest > 0; rest = half(rest)) count += rest % 2;
  return count;
}

// The right edge of a growing tree: the roots of its complete subtrees, largest first.
class Frontier {
  constructor(size, peaks) {
    if (peaks.length !== bitsSet(size) || peaks.some((peak) => peak.length !== 32)) {
      throw new NotEvidence(`the hashes of what lies before entry ${size} are not as many as they must be`);
    }
    this.size = size;
    this.peaks = [...peaks];
  }

  append(leaf) {
    let subtree = leaf;
    for (let finished = this.size; isOdd(finished); finished = half(finished)) {
      subtree = nodeHash(this.peaks.pop(), subtree);
    }
    this.peaks.push(subtree);
    this.size += 1;
  }

  root() {
    if (this.peaks.length === 0) return sha256(new Uint8Array(0));
    return this.peaks.reduceRight((root, peak) => nodeHash(peak, root));
  }
}

// How many steps of the path from a leaf lie below its junction with the tree's right edge, and how many along it.
function pathShape(index, size) {
  let inner = 0;
  let one = index;
  let other = size - 1;
  for (; one !== other; inner++) {
    one = half(one);
    other = half(other);
  }
  return [inner, bitsSet(one)];
}

function climb(start, siblings, index) {
  let position = index;
  let current = start;
  for (const sibling of siblings) {
    current = isOdd(position) ? nodeHash(sibling, current) : nodeHash(current, sibling);
    position = half(position);
  }
  return current;
}

function climbEdge(start, siblings) {
  return siblings.reduce((current, sibling) => nodeHash(sibling, current), start);
}

function checkShape(proof, length) {
  if (proof.length !== length || proof.some((hash) => hash.length !== 32)) {
    throw new NotEvidence(`the proof has ${proof.length} hashes where these sizes need ${length}`);
  }
}

// RFC 9162 section 2.1.3.2.
function checkInclusion(index, size, leaf, proof, root) {
  if (!(index >= 0 && index < size)) throw new NotEvidence(`a log of ${size} entries has no entry ${index}`);
  const [inner, edge] = pathShape(index, size);
  checkShape(proof, inner + edge);
  const computed = climbEdge(climb(leaf, proof.slice(0, inner), index), proof.slice(inner));
  if (!sameBytes(computed, root)) {
    throw new NotEvidence(`the proof of entry ${index} leads to another root than that of the ${size} entries`);
  }
}

// RFC 9162 section 2.1.4.2: the log of `later` entries begins with the log of `earlier` entries, unaltered.
function checkConsistency(earlier, later, proof, earlierRoot, laterRoot) {
  if (!(earlier > 0 && earlier <= later)) throw new NotEvidence("consistency is shown forwards, from 1 entry on");
  if (earlier === later) {
    checkShape(proof, 0);
    if (!sameBytes(earlierRoot, laterRoot)) throw new NotEvidence(`the ${earlier} entries give another root`);
    return;
  }
  let [inner, edge] = pathShape(earlier - 1, later);
  let position = earlier - 1;
  let whole = earlier;
  for (; !isOdd(whole); whole = half(whole)) {
    position = half(position);
    inner -= 1;
  }
  const complete = whole === 1;
  checkShape(proof, inner + edge + (complete ? 0 : 1));
  const seed = complete ? earlierRoot : proof[0];
  const siblings = complete ? proof : proof.slice(1);
  const lefts = [];
  let bit = position;
  for (const sibling of siblings.slice(0, inner)) {
    if (isOdd(bit)) lefts.push(sibling);
    bit = half(bit);
  }
  const edges = siblings.slice(inner);
  if (!sameBytes(climbEdge(climbEdge(seed, lefts), edges), earlierRoot)) {
    throw new NotEvidence(`the proof leads to another root than that of the first ${earlier} entries`);
  }
  if (!sameBytes(climbEdge(climb(seed, siblings.slice(0, inner), position), edges), laterRoot)) {
    throw new NotEvidence(`the proof leads to another root than that of the ${later} entries`);
  }
}

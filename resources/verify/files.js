// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// The files of a bundle, chosen one by one or in a ZIP file, read as streams: hashed as they pass, inflated within
// bounds, cut into lines.

const PIECE = 65_536;
const LONGEST_LINE = 16 * 2 ** 20;

// Files by name. Each has `stream()`, its bytes as a ReadableStream.
class Parts {
  constructor(files) {
    this.files = files;
  }

  names() {
    return [...this.files.keys()].sort();
  }

  open(name) {
    const file = this.files.get(name);
    if (file === undefined) throw new NotEvidence(`${name} is missing`);
    return file.stream();
  }

  async whole(name, largest) {
    const blocks = [];
    let size = 0;
    for await (const block of blocksOf(this.open(name), name)) {
      size += block.length;
      if (size > largest) throw new NotEvidence(`${name} is larger than ${largest} bytes`);
      blocks.push(block);
    }
    return new Uint8Array(await new Blob(blocks).arrayBuffer());
  }
}

async function openParts(files) {
  const found = new Map();
  for (const file of files) {
    const members = /\.zip$/i.test(file.name) ? await zipMembers(file) : [[file.name, file]];
    for (const [name, content] of members) {
      if (found.has(name)) throw new NotEvidence(`there are two files ${name}: choose those of one bundle only`);
      found.set(name, content);
    }
  }
  return new Parts(found);
}

// What a stream gives, piece by piece. Whatever stops it is damage of that file.
async function* blocksOf(stream, name) {
  const reader = stream.getReader();
  try {
    for (;;) {
      let next;
      try {
        next = await reader.read();
      } catch (error) {
        if (error instanceof NotEvidence) throw error;
        throw new NotEvidence(`${name} is damaged or cut: ${error.message}`);
      }
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

// The file's bytes as they pass; fails after the last unless they are those that the index names.
function checkedStream(parts, note, piece = PIECE) {
  const digest = new Sha256();
  return parts.open(note.name).pipeThrough(new TransformStream({
    transform(block, out) {
      digest.update(block);
      if (digest.size > note.size) throw new NotEvidence(`${note.name} is longer than the index says`);
      for (let at = 0; at < block.length; at += piece) out.enqueue(block.subarray(at, at + piece));
    },
    flush() {
      if (digest.size !== note.size || hex(digest.digest()) !== note.sha256) {
        throw new NotEvidence(`${note.name} is not the file that the index names: its content was changed or cut`);
      }
    },
  }));
}

// The lines of a gzip file, some at a time, as { bytes, ends }: line i ends at ends[i], where a line break stands.
async function* linesOf(parts, note, largest, piece = PIECE) {
  const plain = checkedStream(parts, note, piece).pipeThrough(new DecompressionStream("gzip"));
  let rest = new Uint8Array(0);
  let size = 0;
  for await (const block of blocksOf(plain, note.name)) {
    size += block.length;
    if (size > largest) throw new NotEvidence(`${note.name} holds more than ${largest} bytes`);
    const bytes = new Uint8Array(rest.length + block.length);
    bytes.set(rest);
    bytes.set(block, rest.length);
    const ends = [];
    for (let end = bytes.indexOf(10, rest.length); end >= 0; end = bytes.indexOf(10, end + 1)) ends.push(end);
    rest = ends.length === 0 ? bytes : bytes.slice(ends.at(-1) + 1);
    if (rest.length > LONGEST_LINE) throw new NotEvidence(`${note.name} has a line that is too long`);
    if (ends.length > 0) yield { bytes, ends };
  }
  if (rest.length > 0) throw new NotEvidence(`${note.name} ends within a line`);
}

// The texts of such lines. null: that line is not UTF-8.
function textsOf({ bytes, ends }) {
  try {
    return UTF8.decode(bytes.subarray(0, ends.at(-1))).split("\n");
  } catch {
    return ends.map((end, i) => {
      try {
        return UTF8.decode(bytes.subarray(i === 0 ? 0 : ends[i - 1] + 1, end));
      } catch {
        return null;
      }
    });
  }
}

// The ZIP file format (APPNOTE.TXT 6.3.10): the directory at its end, in either of its sizes.
async function zipMembers(file) {
  const tail = new DataView(await file.slice(Math.max(0, file.size - 65_557)).arrayBuffer());
  let end = tail.byteLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw new NotEvidence(`${file.name} is no ZIP file, or its end is missing`);
  let size = tail.getUint32(end + 12, true);
  let start = tail.getUint32(end + 16, true);
  if (end >= 20 && tail.getUint32(end - 20, true) === 0x07064b50) {
    const at = Number(tail.getBigUint64(end - 12, true));
    const large = new DataView(await file.slice(at, at + 56).arrayBuffer());
    if (large.byteLength < 56 || large.getUint32(0, true) !== 0x06064b50) throw damagedZip(file);
    size = Number(large.getBigUint64(40, true));
    start = Number(large.getBigUint64(48, true));
  }
  if (size > 2 ** 26 || start + size > file.size) throw damagedZip(file);
  const directory = new DataView(await file.slice(start, start + size).arrayBuffer());
  const members = [];
  for (let at = 0; at < size; ) {
    if (at + 46 > size || directory.getUint32(at, true) !== 0x02014b50) throw damagedZip(file);
    const member = zipMember(directory, at);
    if (member === null) throw damagedZip(file);
    if (!member.name.endsWith("/")) members.push([member.name.split("/").at(-1), await zipContent(file, member)]);
    at += member.length;
  }
  return members;
}

// The directory's entry at this place; null where it reaches beyond the end.
function zipMember(directory, at) {
  const nameLength = directory.getUint16(at + 28, true);
  const extraLength = directory.getUint16(at + 30, true);
  const length = 46 + nameLength + extraLength + directory.getUint16(at + 32, true);
  if (at + length > directory.byteLength) return null;
  const name = textOf(new Uint8Array(directory.buffer, at + 46, nameLength), "the name of a file");
  let size = directory.getUint32(at + 20, true);
  let start = directory.getUint32(at + 42, true);
  const plain = directory.getUint32(at + 24, true);
  for (let extra = at + 46 + nameLength, end = extra + extraLength; extra + 4 <= end; ) {
    if (directory.getUint16(extra, true) === 1) {
      let next = extra + 4 + (plain === 0xffffffff ? 8 : 0);
      if (size === 0xffffffff) {
        size = largeNumber(directory, next);
        next += 8;
      }
      if (start === 0xffffffff) start = largeNumber(directory, next);
    }
    extra += 4 + directory.getUint16(extra + 2, true);
  }
  return { name, size, start, length, method: directory.getUint16(at + 10, true) };
}

// A number of eight bytes; beyond the end of the directory one that no file is large enough for.
function largeNumber(directory, at) {
  return at + 8 > directory.byteLength ? Infinity : Number(directory.getBigUint64(at, true));
}

// The member's bytes, stored (0) or deflated (8).
async function zipContent(file, { name, size, start, method }) {
  const head = new DataView(await file.slice(start, start + 30).arrayBuffer());
  if (head.byteLength < 30 || head.getUint32(0, true) !== 0x04034b50) throw damagedZip(file);
  const from = start + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  if (from + size > file.size) throw damagedZip(file);
  const stored = file.slice(from, from + size);
  if (method === 0) return stored;
  if (method !== 8) throw new NotEvidence(`${name} is packed in a way that is not known here`);
  return { stream: () => stored.stream().pipeThrough(new DecompressionStream("deflate-raw")) };
}

function damagedZip(file) {
  return new NotEvidence(`${file.name} is a damaged ZIP file`);
}

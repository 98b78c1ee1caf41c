// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// The entries of a bundle as one stream: bytes into leaves, leaves into the tree, every entry looked at.

// The tree up to the run's end as the bytes give it; null where that cannot be told.
async function checkEntries(sheet, parts, index, checker, heads, progress) {
  const title = "Bytes of the entries";
  let frontier;
  try {
    frontier = new Frontier(index.first, index.beforeHashes);
  } catch (error) {
    if (!(error instanceof NotEvidence)) throw error;
    sheet.failed("bytes", title, `The range proof does not fit: ${error.message}.`);
    return null;
  }
  heads.grown(frontier);
  const hints = new Hints(parts, index, sheet);
  for (const note of filesOf(index, "entries")) {
    await hints.open(note);
    try {
      for await (const some of linesOf(parts, note, LARGEST_CHUNK)) {
        takeLines(some, frontier, hints, heads, checker);
        progress(frontier.size - index.first, index.end - index.first);
      }
    } catch (error) {
      if (!(error instanceof NotEvidence)) throw error;
      await hints.searchRest(note, frontier.size);
      sheet.failed("bytes", title, `${error.message}. ${hints.words()}`, hints.entry);
      return null;
    }
    if (frontier.size !== note.end) {
      const words = `${note.name} holds ${frontier.size - note.first} entries, not ${note.end - note.first}.`;
      sheet.failed("bytes", title, `${words} ${hints.words()}`, hints.first ?? Math.min(frontier.size, note.end));
      return null;
    }
  }
  if (hints.first !== null) {
    sheet.failed("bytes", title, hints.words(), hints.first);
  } else {
    const words = `All ${count(index.end - index.first)} entries are there, in files that are whole.`;
    sheet.passed("bytes", title, words);
  }
  return frontier;
}

function takeLines(some, frontier, hints, heads, checker) {
  const texts = checker ? textsOf(some) : [];
  let start = 0;
  some.ends.forEach((end, i) => {
    const leaf = leafHash(some.bytes, start, end);
    hints.compare(frontier.size, leaf);
    if (checker) checker.take(frontier.size, texts[i]);
    frontier.append(leaf);
    heads.grown(frontier);
    start = end + 1;
  });
}

// Tells which entry is the first whose bytes are not those that were bundled, by the first bytes of the leaf hashes
// that lie beside the entries. Proves nothing.
class Hints {
  constructor(parts, index, sheet) {
    this.parts = parts;
    this.notes = filesOf(index, "leaves");
    this.sheet = sheet;
    this.first = null;
    this.next = index.first;
    this.told = null;
  }

  async open(entries) {
    this.told = null;
    this.start = entries.first;
    const note = this.notes.find((one) => one.first === entries.first);
    if (!note || note.size > LARGEST_CHUNK) return;
    const blocks = [];
    try {
      for await (const block of blocksOf(checkedStream(this.parts, note), note.name)) blocks.push(block);
      this.told = new Uint8Array(await new Blob(blocks).arrayBuffer());
    } catch (error) {
      if (!(error instanceof NotEvidence)) throw error;
      this.sheet.failed("hints", "Which entry was changed", `This could not be told: ${error.message}.`);
    }
  }

  compare(index, leaf) {
    this.next = index + 1;
    if (this.first !== null || this.told === null) return;
    const at = (index - this.start) * HINT_BYTES;
    for (let i = 0; i < HINT_BYTES; i++) {
      if (leaf[i] !== this.told[at + i]) {
        this.first = index;
        return;
      }
    }
  }

  // The browser drops what it inflated just before the damage: read the file again in small pieces, from `done` on.
  async searchRest(note, done) {
    if (this.first !== null || this.told === null) return;
    let index = note.first;
    try {
      for await (const { bytes, ends } of linesOf(this.parts, note, LARGEST_CHUNK, 64)) {
        let start = 0;
        for (const end of ends) {
          if (index >= done) this.compare(index, leafHash(bytes, start, end));
          index += 1;
          start = end + 1;
        }
      }
    } catch (error) {
      if (!(error instanceof NotEvidence)) throw error; // the damage itself, which was told already
    }
  }

  // The entry at which it fails.
  get entry() {
    return this.first ?? this.next;
  }

  words() {
    if (this.first !== null) return `Entry ${this.first} is the first that is not what was bundled.`;
    return `Entry ${this.next} is the first that could not be read.`;
  }
}

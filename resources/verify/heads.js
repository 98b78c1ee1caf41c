// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// Earlier signed checkpoints of the same log, held against what the entries give: the log only grew between them.

const MOST_CHECKPOINTS = 100_000;

class Heads {
  constructor(earlier) {
    this.earlier = earlier;
    this.wanted = new Set(earlier.map((head) => head.size));
    this.roots = new Map();
  }

  // The tree grew by one entry.
  grown(frontier) {
    if (this.wanted.has(frontier.size)) this.roots.set(frontier.size, frontier.root());
  }

  // The largest earlier size up to which the entries are what was signed then.
  async agreedUpTo(keys) {
    let agreed = 0;
    for (const { size, root, note } of this.earlier) {
      const key = keyInForce(keys, size);
      if (!key || !this.roots.has(size) || !sameBytes(this.roots.get(size), root)) continue;
      try {
        await signerOf(note, [key]);
        agreed = size;
      } catch (error) {
        if (!(error instanceof NotEvidence || error instanceof NotHere)) throw error;
      }
    }
    return agreed;
  }

  async report(sheet, head, whole, keys) {
    const title = "Earlier checkpoints";
    if (this.earlier.length === 0) return;
    if (!whole) {
      sheet.notChecked("earlier", title, "These entries are not those of the signed log: nothing can be compared.");
      return;
    }
    this.roots.set(head.size, head.root);
    let compared = 0;
    for (const earlier of this.earlier) {
      const key = keyInForce(keys, earlier.size);
      try {
        await signerOf(earlier.note, key ? [key] : []);
      } catch (error) {
        if (error instanceof NotHere) {
          sheet.notChecked("earlier", title, `Not checked here: ${error.message}.`);
        } else if (error instanceof NotEvidence) {
          sheet.failed("earlier", title, `That of ${earlier.size} entries: ${error.message}.`, earlier.size);
        } else throw error;
        return;
      }
      const root = this.roots.get(earlier.size);
      if (earlier.origin !== head.origin || (root && !sameBytes(root, earlier.root))) {
        const words = `At ${earlier.size} entries another root was signed: the log was written anew before that.`;
        sheet.failed("earlier", title, words, Math.max(0, earlier.size - 1));
        return;
      }
      compared += root ? 1 : 0;
    }
    const words = `${count(compared)} agree with these entries, each signed by the key then in force.`;
    if (compared) sheet.passed("earlier", title, words);
    else sheet.notChecked("earlier", title, "They lie outside these entries.");
  }
}

async function readEarlier(sheet, parts, index) {
  const found = [];
  try {
    for (const note of filesOf(index, "checkpoints")) {
      for await (const some of linesOf(parts, note, LARGEST_CONTEXT)) {
        for (const text of textsOf(some).slice(0, some.ends.length)) {
          const one = readCheckpoint(textAt(parseLine(text, "an earlier checkpoint"), "note"));
          if (found.length === MOST_CHECKPOINTS || one.size <= (found.at(-1)?.size ?? -1)) {
            throw new NotEvidence(`there are more than ${MOST_CHECKPOINTS}, or their sizes do not rise`);
          }
          found.push(one);
        }
      }
    }
  } catch (error) {
    if (!(error instanceof NotEvidence)) throw error;
    sheet.failed("earlier", "Earlier checkpoints", `They cannot be read: ${error.message}`);
    return [];
  }
  return found;
}

function parseLine(text, what) {
  if (text === null) throw new NotEvidence(`${what} is not UTF-8 text`);
  const line = parseCanonical(text, what);
  if (!isObject(line)) throw new NotEvidence(`${what} is not an object`);
  return line;
}

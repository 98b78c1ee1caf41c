// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// Files that entries name by their SHA-256 (certificates, photographs), held against those that lie in the bundle.

const ATTACHMENT = "attachment-";
const SHA256_HEX = /^[0-9a-f]{64}$/;

class Attached {
  constructor(chain) {
    this.named = new Map();
    for (const [index, entry] of chain.entries) this.take(index, entry.body);
  }

  take(index, body) {
    for (const { name, sha256: digest, size } of attachmentsOf(body)) {
      if (!this.named.has(digest)) this.named.set(digest, { entry: index, name, digest, size });
    }
  }

  async report(sheet, parts, index) {
    const title = "Attached files";
    const present = new Set(parts.names());
    const notes = new Map(filesOf(index, "attachment").map((note) => [note.name, note]));
    const missing = [];
    let held = 0;
    for (const one of [...this.named.values()].sort((a, b) => a.entry - b.entry)) {
      const note = notes.get(ATTACHMENT + one.digest);
      notes.delete(ATTACHMENT + one.digest);
      if (note === undefined || !present.has(note.name)) {
        missing.push(one);
        continue;
      }
      try {
        if (note.sha256 !== one.digest || note.size !== one.size) {
          throw new NotEvidence(`the index says something else of ${note.name} than the entry`);
        }
        for await (const block of blocksOf(checkedStream(parts, note), note.name)) void block;
      } catch (error) {
        if (!(error instanceof NotEvidence)) throw error;
        const words = `${one.name}, which entry ${one.entry} names, is not the file that was attached: ${error.message}.`;
        sheet.failed("attachments", title, words, one.entry);
        return;
      }
      held += 1;
    }
    if (notes.size > 0) sheet.failed("attachments", title, `No entry here names ${[...notes.keys()].sort()[0]}.`);
    else if (held > 0) sheet.passed("attachments", title, `${held} files are, byte for byte, those that the entries name.`);
    if (missing.length > 0) {
      const [{ name, entry }] = missing;
      const words = `${missing.length} files that entries name are not in the bundle (first: ${name} of entry ${entry}).`;
      sheet.notChecked("attachments_open", title, words);
    }
  }
}

// The files that an entry's body names, wherever in it they stand.
function* attachmentsOf(body) {
  for (const [key, value] of Object.entries(body)) {
    if (key === "attachments" && Array.isArray(value)) yield* value.filter(isAttachment);
    else if (isObject(value)) yield* attachmentsOf(value);
  }
}

function isAttachment(value) {
  return isObject(value) && typeof value.name === "string" && typeof value.sha256 === "string" &&
    SHA256_HEX.test(value.sha256) && Number.isSafeInteger(value.size);
}

// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// The index of a bundle, and whether the files that it names are there and follow one another.

const FORMAT = "verifield evidence/1";
const INDEX = "index.json";
const INDEX_NOTE = "index.note";
const CHECKPOINT = "checkpoint.note";
const LARGEST_CHUNK = 64 * 2 ** 20;
const LARGEST_CONTEXT = 2 ** 30;
const LARGEST_NOTE = 2 ** 20;
const HINT_BYTES = 4;
const CONTEXT_TYPES = new Set([
  "log", "key", "boot", "clock", "configuration", "installation", "calibration", "standard", "amendment",
  "plan",
]);
const NOTABLE_TYPES = new Set(["gap", "calibration", "standard", "amendment", "summary"]);
const FILE_KINDS = new Set(["entries", "leaves", "context", "checkpoints", "anchors", "attachment"]);

function readIndex(bytes) {
  const index = parseCanonical(textOf(bytes, INDEX), "the index");
  if (!isObject(index) || index.format !== FORMAT) throw new NotEvidence(`the index does not say that it is ${FORMAT}`);
  for (const key of ["origin", "root", "start", "until", "device_id", "project_id", "program"]) textAt(index, key);
  for (const key of ["size", "first", "end"]) wholeAt(index, key);
  for (const key of ["counts", "notable", "in_force"]) objectAt(index, key);
  member(index, "demo", (value) => typeof value === "boolean", "true or false");
  listAt(index, "sensors");
  listAt(index, "predecessors");
  if ("context" in index && !listAt(index, "context").every(isWhole)) throw new NotEvidence("its context is no list");
  index.beforeHashes = listAt(index, "before").map(fromHex);
  index.afterHashes = listAt(index, "after").map(fromHex);
  listAt(index, "files").forEach(checkFileNote);
  if (!(index.first < index.end && index.end <= index.size)) {
    throw new NotEvidence("the index names a run of entries that a log of this size does not have");
  }
  return index;
}

function checkFileNote(note) {
  if (!isObject(note)) throw new NotEvidence("the index names a file in a wrong form");
  textAt(note, "name");
  textAt(note, "sha256");
  for (const key of ["size", "first", "end"]) wholeAt(note, key);
  if (!FILE_KINDS.has(note.kind)) throw new NotEvidence(`the index names a file of a kind that is not known`);
}

function filesOf(index, kind) {
  return index.files.filter((note) => note.kind === kind);
}

function checkFiles(sheet, parts, index) {
  const title = "Files";
  const named = new Set(index.files.map((note) => note.name));
  const present = new Set(parts.names());
  const own = new Set([INDEX, INDEX_NOTE, CHECKPOINT, "verify.html"]);
  const missing = index.files.find((note) => note.kind !== "attachment" && !present.has(note.name));
  const surplus = parts.names().filter((name) => !named.has(name) && !own.has(name));
  const hole = holeIn(index);
  if (missing) {
    const entry = missing.kind === "entries" ? missing.first : null;
    sheet.failed("files", title, `${missing.name} is missing.`, entry);
  } else if (hole) {
    sheet.failed("files", title, hole.words, hole.entry);
  } else if (surplus.length > 0) {
    const words = `Not part of the evidence and not looked at: ${surplus.slice(0, 5).join(", ")}.`;
    sheet.notChecked("files", title, words);
  } else {
    sheet.passed("files", title, `All ${[...named].filter((name) => present.has(name)).length} files are there.`);
  }
}

function holeIn(index) {
  for (const kind of ["entries", "leaves"]) {
    let position = index.first;
    for (const note of filesOf(index, kind)) {
      if (note.first !== position || note.end <= note.first) {
        return { words: `${note.name} does not go on where the file before it ends.`, entry: position };
      }
      position = note.end;
    }
    if (position !== index.end) {
      const words = `The files of ${kind} end before entry ${position}, the run before ${index.end}.`;
      return { words, entry: position };
    }
  }
  return null;
}

async function checkIndexNote(sheet, parts, bytes, index, chain) {
  const title = "Signature of the index";
  if (!parts.names().includes(INDEX_NOTE)) {
    sheet.notChecked("index_note", title, "It is not signed. All that it says was held against the entries.");
    return false;
  }
  return sheet.signed("index_note", title, "The device key in force signed it.", async () => {
    const note = parseNote(textOf(await parts.whole(INDEX_NOTE, LARGEST_NOTE), INDEX_NOTE));
    const key = chain && keyInForce(chain.keys, index.size);
    await signerOf(note, key ? [key] : []);
    if (note.text !== `verifield evidence index/1\n${hex(sha256(bytes))}\n`) {
      throw new NotEvidence("it is the signature of another index");
    }
  });
}

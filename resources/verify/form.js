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
  checkPeriod(index);
  const single = index.files.map(({ kind }) => kind).filter((kind) => ["context", "checkpoints", "anchors"].includes(kind));
  if (new Set(single).size < single.length || new Set(index.files.map(({ name }) => name)).size < index.files.length) {
    throw new NotEvidence("the index names two files where one is known");
  }
  if (!(index.first < index.end && index.end <= index.size)) {
    throw new NotEvidence("the index names a run of entries that a log of this size does not have");
  }
  return index;
}

function checkPeriod({ start, until }) {
  const [from, to] = [start, until].map((text) => (text ? nsOf(text) : null));
  if (from !== null && to !== null && from >= to) {
    throw new NotEvidence("the index claims a period that ends before it begins");
  }
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

// What the recorder signs: the digest of the index, the log's name and size, and the digest of its own list of context.
function indexStatement(index, bytes) {
  const listed = hex(sha256(bytesOf((index.context ?? []).join(","))));
  return `verifield evidence index/2\n${hex(sha256(bytes))} ${index.origin} ${index.size} ${listed}\n`;
}

// A log that was closed because its key was lost or exchanged has no own signature any more: its bytes stay proven by its
// last checkpoint, and the key that the station has now signs for the list of context, if the register knows it.
async function checkIndexNote(sheet, parts, bytes, index, chain, register) {
  const title = "Signature of the index";
  if (!parts.names().includes(INDEX_NOTE)) {
    sheet.notChecked("index_note", title, `${INDEX_NOTE} is missing. What the index says was held against the entries; ` +
      "whether the bundle holds all that the index listed when it was written is not shown.");
    return false;
  }
  if (!chain) {
    sheet.notChecked("index_note", title, "Without a context that can be read, nothing says which key it must be of.");
    return false;
  }
  const words = "The device key in force signed it, with a list of its own of the context.";
  const later = await laterKey(parts, index, chain, register);
  const told = later === null ? words
    : `A later key of the station, ${later.id}, which the register vouches for, signed it, with a list of its own of ` +
      "the context: this log's own key is no more. The entries are proven by the log's own last checkpoint; that the " +
      "list is whole rests on the copy of the log that the station kept.";
  return sheet.signed("index_note", title, told, async () => {
    const note = parseNote(textOf(await parts.whole(INDEX_NOTE, LARGEST_NOTE), INDEX_NOTE));
    const key = keyInForce(chain.keys, index.size);
    // A closed log's bundle is signed in the name of the log of the present.
    const own = key ? note.signatures.map(({ name }) => verifierKey(name, key.publicKey)) : [];
    try {
      await signerOf(note, later === null ? own : [later]);
    } catch (error) {
      if (!(error instanceof NotEvidence) || note.signatures.every(({ name }) => name === index.origin)) throw error;
      throw new NotHere("a key signed it that is not this log's, as of a log that was closed because its key was lost " +
        "or exchanged, and no register that the project signed vouches for it as one that this station has had only since " +
        "this log began, and has now");
    }
    if (note.text === `verifield evidence index/1\n${hex(sha256(bytes))}\n`) {
      throw new NotHere("an older program signed it, which made no list of its own of the context");
    }
    if (note.text !== indexStatement(index, bytes)) {
      throw new NotEvidence("it is the signature of another index");
    }
  });
}

// The station's key, by the register, that signed where it is not the log's own; null where there is none.
async function laterKey(parts, index, chain, register) {
  try {
    const note = parseNote(textOf(await parts.whole(INDEX_NOTE, LARGEST_NOTE), INDEX_NOTE));
    const read = register === null ? null : await readRegister(register);
    if (!read?.signed) return null;
    for (const { name } of note.signatures.filter((one) => one.name !== index.origin)) {
      for (const { public_key: text } of keysOf(read, name, chain)) {
        const key = verifierKey(name, fromBase64(text));
        try {
          await signerOf(note, [key]);
          return key;
        } catch (error) {
          if (!(error instanceof NotEvidence)) throw error;
        }
      }
    }
  } catch (error) {
    if (!(error instanceof NotEvidence || error instanceof NotHere)) throw error; // the checks of each say so
  }
  return null;
}

// The keys that the project says the station has only since this log began, and has neither ended nor revoked: none of the
// log's own that was rotated away, and none of an earlier log.
function keysOf(register, origin, chain) {
  const began = chain.entries.get(0).time;
  const all = register.stations
    .filter((one) => textAt(one, "device_id") === chain.opened.device_id)
    .filter((one) => listAt(one, "origins").length === 0 || one.origins.includes(origin))
    .flatMap((one) => listAt(one, "keys"));
  const ended = new Set(all.filter(({ until, revoked }) => until || revoked).map(({ public_key: text }) => text));
  const own = new Set(chain.keys.map(({ text }) => text));
  const since = ({ from }) => Boolean(from) && nsOf(from) > began;
  return all.filter((one) => !ended.has(one.public_key) && !own.has(one.public_key) && since(one));
}

// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// Entries, and what the landmark entries of a log say of the others: its name, its keys, its clock, its sensors.

const SALT = /^[A-Za-z0-9_-]{21}[AQgw]$/;
const COMMON = new Set(["v", "type", "t", "mono", "salt"]);

function readEntry(text) {
  const body = parseCanonical(text, "an entry");
  if (!isObject(body)) throw new NotEvidence("an entry is not an object");
  if (body.v !== 1) throw new NotEvidence(`the entry has version ${body.v}; this page knows version 1`);
  const written = textAt(body, "t");
  if (written.length !== 30 || !written.endsWith("Z")) throw new NotEvidence("its time lacks nine decimals and Z");
  const salt = textAt(body, "salt");
  if (!SALT.test(salt)) throw new NotEvidence("its salt does not have its form");
  return { type: textAt(body, "type"), time: nsOf(written), mono: BigInt(wholeAt(body, "mono")), body };
}

// Raises NotEvidence; `entry` is the first one concerned, where there is one.
class Contradiction extends NotEvidence {
  constructor(entry, words) {
    super(words);
    this.entry = entry;
  }
}

async function chainOf(origin, entries) {
  const [first, opening] = entries[0] ?? [];
  if (first !== 0 || opening.type !== "log") {
    throw new Contradiction(0, "the log does not begin with the entry that names it");
  }
  const second = entries.find(([index, entry]) => index > 0 && entry.type === "log");
  if (second) throw new Contradiction(second[0], "another log begins within this one");
  if (opening.body.origin !== origin) {
    throw new Contradiction(0, "its first entry names another log than the checkpoint");
  }
  const chain = { opened: opening.body, entries: new Map(entries), clock: new Clock(), sensors: new Map(), keys: [] };
  for (const key of ["device_id", "project_id", "program"]) textAt(chain.opened, key);
  for (const before of predecessorsOf(chain.opened)) {
    for (const key of ["cause", "origin", "root"]) textAt(before, key);
    wholeAt(before, "size");
  }
  for (const [index, entry] of entries) {
    try {
      chain.clock.learn(index, entry);
      learnSensor(chain.sensors, index, entry);
      if (entry.type === "installation") {
        for (const key of ["sensor", "model", "serial", "serial_source"]) textAt(entry.body, key);
      }
      if (entry.type === "key") await learnKey(chain, origin, index, entry.body);
    } catch (error) {
      if (error instanceof NotEvidence) throw new Contradiction(index, `entry ${index}: ${error.message}`);
      throw error;
    }
  }
  return chain;
}

function learnSensor(sensors, index, entry) {
  if (entry.type !== "configuration" || entry.body.subject === "station") return;
  const connection = objectAt(entry.body, "connection");
  sensors.set(index, {
    sensor: textAt(entry.body, "sensor"),
    interval: BigInt(wholeAt(entry.body, "interval_ns")),
    channels: new Set(listAt(entry.body, "channels").map((channel) => textAt(channel, "name"))),
    unreal: unrealPort(textAt(connection, "kind"), textAt(connection, "port")),
    demo: entry.body.demo === true,
    state: entry.body.state ?? "recording",
  });
}

// A key entry is signed by the key before it, or by the first key itself.
async function learnKey(chain, origin, index, body) {
  const known = chain.keys.at(-1)?.text ?? "";
  const previous = body.previous ?? "";
  if (previous !== known) throw new NotEvidence("it names another key before it than the log does");
  const text = textAt(body, "public_key");
  const place = placeOf(index, body);
  const bound = place && { size: place.size, root: body.root };
  const statement = canonical({ event: textAt(body, "event"), origin, previous, public_key: text, ...bound });
  const message = bytesOf(`verifield device key/1\n${statement}`);
  const key = verifierKey(origin, fromBase64(text));
  try {
    await checkSignature(fromBase64(previous || text), message, fromBase64(textAt(body, "signature")));
  } catch (error) {
    if (!(error instanceof NotHere)) throw error; // then no check of a signature passes, and each says so
  }
  chain.keys.push({ index, text, key, place });
}

// The log's size and root when the statement on a key was signed; null: an older one, bound to no place.
function placeOf(index, body) {
  const size = "size" in body ? wholeAt(body, "size") : 0;
  const root = "root" in body ? textAt(body, "root") : "";
  if (!size && !root) return null;
  if (!(size >= 1 && size <= index) || !/^[0-9a-f]{64}$/.test(root)) {
    throw new NotEvidence("it was signed at a size or root that the log did not have before it");
  }
  return { size, root: fromHex(root) };
}

// Each statement on a key names the log's size and root when it was signed. Whoever has only a later key can copy the
// statement on it, and cannot make the log that he writes before it have that root.
function checkKeyPlaces(sheet, chain, head) {
  const title = "Place of the device keys";
  let agreed = 0;
  for (const { index, place } of chain.keys) {
    if (place === null) continue;
    try {
      checkConsistency(place.size, head.size, chain.growth.get(index), place.root, head.root);
    } catch (error) {
      if (!(error instanceof NotEvidence)) throw error;
      const words = `When the device key that entry ${index} names was put in force, the first ${count(place.size)} ` +
        "entries of the log were others than these, or nothing shows that they were the same: from entry " +
        `${agreed} on they may have been written anew.`;
      sheet.failed("key_places", title, words, agreed);
      return;
    }
    agreed = place.size;
  }
  const unbound = chain.keys.filter(({ place }) => place === null);
  if (unbound.length > 0) {
    const words = `Not bound, older form: what was signed about the device key that entry ${unbound[0].index} names ` +
      `fits any past of this log (${unbound.length} of ${chain.keys.length} keys). A thief of a later key could have ` +
      "written anew what stands before it.";
    sheet.notChecked("key_places", title, words);
  } else if (chain.keys.length > 0) {
    const words = `${chain.keys.length} were put in force; each time the log was signed as it stands here up to there.`;
    sheet.passed("key_places", title, words);
  }
}

function keyInForce(keys, size) {
  return keys.filter((one) => one.index < size).at(-1)?.key ?? null;
}

function predecessorsOf(opened) {
  const closed = opened.predecessor ?? null;
  return closed === null ? [] : [{ cause: closed.cause, origin: closed.origin, root: closed.root, size: closed.size }];
}

// By sensor and type, the newest configuration, installation and calibration before `first`.
function inForce(first, entries) {
  const found = new Map();
  for (const [index, entry] of entries) {
    const sensor = entry.body.sensor;
    if (index >= first || typeof sensor !== "string") continue;
    if (entry.type === "configuration" && entry.body.state === "removed") found.delete(sensor);
    else if (["configuration", "installation", "calibration"].includes(entry.type)) {
      if (!found.has(sensor)) found.set(sensor, new Map());
      found.get(sensor).set(entry.type, index);
    }
  }
  const plain = [...found].map(([sensor, types]) => [sensor, Object.fromEntries(types)]);
  return Object.fromEntries(plain);
}

// The index says nothing that the entries do not.
function checkIndex(sheet, index, checker, chain) {
  const title = "Index";
  const opened = chain.opened;
  const isTold = ([, found]) => found && found.length !== 0;
  const told = (numbers) => Object.fromEntries(Object.entries(numbers).filter(isTold));
  const sensors = new Set([...chain.sensors.values()].map((one) => one.sensor));
  const says = {
    counts: told(index.counts),
    demo: index.demo,
    device: index.device_id,
    force: index.in_force,
    notable: told(index.notable),
    predecessors: index.predecessors,
    program: index.program,
    project: index.project_id,
  };
  const follows = {
    counts: Object.fromEntries(checker.counts),
    demo: opened.demo === true,
    device: opened.device_id,
    force: inForce(index.first, chain.entries),
    notable: Object.fromEntries(checker.notable),
    predecessors: predecessorsOf(opened),
    program: opened.program,
    project: opened.project_id,
  };
  if (checker.context.count) {
    sheet.failed("index", title, `${checker.context.words}.`, checker.context.entry);
  } else if (canonical(says) === canonical(follows) && index.sensors.every((one) => sensors.has(one))) {
    sheet.passed("index", title, "What it says of station, counts, gaps and amendments follows from the entries.");
  } else {
    sheet.failed("index", title, "It says something else of station, counts, gaps or amendments than the entries.");
  }
}

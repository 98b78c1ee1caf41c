// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// Checks a bundle as a stream. Nothing is taken from the index that does not follow from the entries or is not proven
// against the checkpoint.

const SEE_PROGRAM = "This page does not compute them again. See what the program verifield-sync verify says.";
const NOT_CHECKED_HERE = [
  ["witness", "Outside witness",
    "Compare the size and the root above with a checkpoint that somebody else kept: only that shows that the log was " +
    "not written anew by whoever has its key."],
  ["calibrations", "Calibrations applied again from raw", SEE_PROGRAM],
  ["flags", "Flags and quality tests", SEE_PROGRAM],
  ["quality", "Quality scores", SEE_PROGRAM],
  ["summaries", "Hourly summaries and totals", SEE_PROGRAM],
  ["anchor", "Anchor on the chain", "This page works without a network: it read no anchor and did not ask the chain."],
];

// Collects checks.
class Sheet {
  constructor() {
    this.checks = [];
  }

  passed(name, title, words) {
    this.checks.push({ name, title, outcome: "passed", words, entry: null });
  }

  failed(name, title, words, entry = null) {
    this.checks.push({ name, title, outcome: "failed", words, entry });
  }

  notChecked(name, title, words) {
    this.checks.push({ name, title, outcome: "not_checked", words, entry: null });
  }

  found(name, title, finding, failedWords, passedWords) {
    if (finding.count === 0) this.passed(name, title, passedWords);
    else this.failed(name, title, `${failedWords} Entry ${finding.entry}: ${finding.words}.`, finding.entry);
  }

  // A check of a signature: it passes unless `check` throws.
  async signed(name, title, words, check) {
    try {
      await check();
    } catch (error) {
      if (error instanceof NotHere) this.notChecked(name, title, `Not checked here: ${error.message}.`);
      else if (error instanceof NotEvidence) this.failed(name, title, `It does not hold: ${error.message}.`);
      else throw error;
      return false;
    }
    this.passed(name, title, words);
    return true;
  }
}

// `register`: { text, projectKey } or null. `progress` gets (entries done, entries in all).
async function checkBundle(files, register, progress) {
  const sheet = new Sheet();
  let parts, bytes, index, head;
  try {
    parts = await openParts(files);
    bytes = await parts.whole(INDEX, LARGEST_CHUNK);
    index = readIndex(bytes);
    head = readCheckpoint(textOf(await parts.whole(CHECKPOINT, LARGEST_NOTE), CHECKPOINT));
  } catch (error) {
    if (!(error instanceof NotEvidence)) throw error;
    sheet.failed("form", "Form of the bundle", `${error.message}.`);
    return { readable: false, about: null, checks: sheet.checks, notProven: [] };
  }
  checkFiles(sheet, parts, index);
  checkHead(sheet, head, index);
  const chain = await checkContext(sheet, parts, index, head);
  const checker = chain && new EntryChecker(chain, index.first);
  const heads = new Heads(await readEarlier(sheet, parts, index));
  const frontier = await checkEntries(sheet, parts, index, checker, heads, progress);
  const proven = await checkRange(sheet, index, head, frontier, heads, chain);
  const signedIndex = await checkIndexNote(sheet, parts, bytes, index, chain, register);
  let listed = false;
  if (chain) {
    checker.report(sheet);
    checkKeyPlaces(sheet, chain, head);
    checkIndex(sheet, index, checker, chain);
    listed = checkComplete(sheet, index, chain, signedIndex);
    checkEdges(sheet, index, checker);
    checkAmendments(sheet, chain, index.first, index.end);
    checkInstruments(sheet, chain);
    await checkSigner(sheet, chain, head, register, checker, index.end);
    await heads.report(sheet, head, proven, chain.keys);
    await checker.attached.report(sheet, parts, index);
  }
  const where = chain?.ledgers ? ` By the register they count only through ${chain.ledgers}.` : "";
  for (const [name, title, words] of NOT_CHECKED_HERE) {
    sheet.notChecked(name, title, name === "anchor" ? words + where : words);
  }
  // A browser that checks no signature leaves all of them open; one that does leaves only what nobody vouches for.
  const open = (name) => sheet.checks.some((one) => one.name === name && one.outcome === "not_checked");
  const complete = parts.names().includes(INDEX_NOTE) && (!open("index_note") || open("signature"));
  return { readable: true, complete, about: aboutOf(index), checks: sheet.checks, notProven: notProvenBy(chain, listed) };
}

function aboutOf({ origin, size, root, first, end, device_id, project_id, demo, start, until, sensors }) {
  return { origin, size, root, first, end, demo, device: device_id, project: project_id, start, until, sensors };
}

function checkHead(sheet, head, index) {
  if (head.origin === index.origin && head.size === index.size && hex(head.root) === index.root) {
    sheet.passed("checkpoint", "Checkpoint", `It is of this log, at ${count(head.size)} entries.`);
  } else {
    sheet.failed("checkpoint", "Checkpoint", "It is of another log, size or root than the index says.");
  }
}

async function checkContext(sheet, parts, index, head) {
  const title = "Context";
  const [note] = filesOf(index, "context");
  const found = [];
  const growth = new Map();
  try {
    if (!note) throw new NotEvidence("the bundle has no context");
    for await (const some of linesOf(parts, note, LARGEST_CONTEXT)) {
      for (const text of textsOf(some).slice(0, some.ends.length)) {
        const [at, entry, grown] = contextEntry(text, head, found.at(-1)?.[0] ?? -1);
        found.push([at, entry]);
        if (entry.type === "key") growth.set(at, grown);
      }
    }
    const chain = await chainOf(head.origin, found);
    chain.growth = growth;
    const words = `${count(found.length)} entries that say how readings are to be read are in the log.`;
    sheet.passed("context", title, words);
    return chain;
  } catch (error) {
    if (!(error instanceof NotEvidence)) throw error;
    const words = error instanceof Contradiction ? "" : "What says how the readings are to be read is not proven: ";
    sheet.failed("context", title, `${words}${error.message}.`, error.entry ?? null);
    return null;
  }
}

function contextEntry(text, head, newest) {
  const line = parseLine(text, "a line of the context");
  const entry = textAt(line, "entry");
  const index = wholeAt(line, "index");
  if (index <= newest) throw new NotEvidence(`entry ${index} does not come after entry ${newest}`);
  const proof = listAt(line, "proof").map(fromBase64);
  checkInclusion(index, head.size, leafHash(bytesOf(entry)), proof, head.root);
  const grown = "consistency" in line ? listAt(line, "consistency").map(fromBase64) : [];
  return [index, readEntry(entry), grown];
}

async function checkRange(sheet, index, head, frontier, heads, chain) {
  const title = "Range proof";
  if (frontier === null) {
    sheet.notChecked("range", title, "Without all bytes of the entries the root cannot be computed.");
    return false;
  }
  try {
    checkConsistency(frontier.size, head.size, index.afterHashes, frontier.root(), head.root);
  } catch (error) {
    if (!(error instanceof NotEvidence)) throw error;
    const since = Math.max(index.first, chain ? await heads.agreedUpTo(chain.keys) : 0);
    const named = sheet.checks.some((one) => one.name === "bytes" && one.entry !== null);
    const words = "The entries are not those of the signed log: something was changed, left out, put in or moved, " +
      `at entry ${since} or after it.`;
    sheet.failed("range", title, words, named ? null : since);
    return false;
  }
  const named = `${index.first} to ${index.end - 1}`;
  const words = `From the bytes follows the signed root: these are entries ${named}, all of them.`;
  sheet.passed("range", title, words);
  return true;
}

function checkInstruments(sheet, chain) {
  const found = new Map();
  for (const [index, one] of chain.sensors) {
    const what = one.demo ? "is simulated"
      : `was connected through ${one.unreal}, behind which a program can stand`;
    if ((one.demo || one.unreal) && !found.has(one.sensor)) found.set(one.sensor, `From entry ${index} on ${one.sensor} ${what}.`);
  }
  const told = [...found.values()];
  if (chain.opened.demo === true) told.unshift("The log itself is one of SIMULATED instruments.");
  const words = "Every sensor was on a physical port or an address on a network, as far as the log tells.";
  if (told.length > 0) sheet.notChecked("instruments", "Real instruments", told.join(" "));
  else sheet.passed("instruments", "Real instruments", words);
}

function notProvenBy(chain, listed) {
  const found = [
    "that the log was not written anew by someone who has the device key: only a head of the log that left the " +
      "laptop at the time (an anchor, a receipt, a photographed code) can show that",
    "when the entries were made: a signature has no time; an anchor shows that they are not younger than it",
    "that the instruments measured what they were said to measure, and were where they were said to be",
  ];
  if (!chain) return found;
  if (chain.register) {
    const edition = editionOf(chain.register);
    found.push("that the project did not revoke a key after it issued the station register that was given" +
      `${edition ? ` (${edition})` : ", which does not say of when it is"}: ask the project for the newest one`);
  }
  if (!listed) {
    found.push("that no amendment, calibration or other entry outside the run, which changes how these are read, was " +
      "left out: only the list in an index that the device signed can show that");
  }
  const simulated = [...chain.sensors.values()]
    .filter(({ demo, unreal }) => demo || unreal)
    .map(({ sensor, unreal }) => {
      const what = unreal ? `connected through ${unreal}` : "simulated";
      return `that ${sensor} was a real instrument: it was ${what}`;
    });
  const [before] = predecessorsOf(chain.opened);
  if (before) {
    found.push(`what stood in the log before, ${before.origin} (${count(before.size)} entries, closed because: ` +
      `${before.cause}); it is checked by its own evidence`);
  }
  return [...found, ...new Set(simulated)];
}

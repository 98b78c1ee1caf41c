// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// Who signed the checkpoint, and whether the project's station register vouches for that key.

const REGISTER = "verifield station register/1";

// `end` is the entry after the run's last.
async function checkSigner(sheet, chain, head, register, checker, end) {
  const key = keyInForce(chain.keys, head.size);
  if (key === null) {
    sheet.failed("signature", "Signature", "The log names no device key before this checkpoint.");
    return;
  }
  const words = `The checkpoint is signed by the key that the log names, ${key.id}.`;
  const holds = await sheet.signed("signature", "Signature", words, () => signerOf(head.note, [key]));
  if (!holds) return;
  if (register === null) {
    sheet.notChecked("signer", "Signer", "Signer not vouched for: no station register was given.");
    return;
  }
  try {
    const read = await readRegister(register);
    chain.register = read;
    chain.ledgers = ledgersOf(read, chain.opened.device_id);
    vouched(sheet, read, key, chain, checker, head.size, end);
  } catch (error) {
    if (error instanceof NotHere) sheet.notChecked("signer", "Signer", `Not checked here: ${error.message}.`);
    else if (error instanceof NotEvidence) sheet.failed("signer", "Signer", `The station register: ${error.message}.`);
    else throw error;
  }
}

async function readRegister({ text, projectKey }) {
  const note = parseNote(text);
  if (projectKey) await signerOf(note, [parseVerifierKey(projectKey)]);
  const lines = note.text.split("\n");
  if (lines.length !== 3 || lines[0] !== REGISTER) throw new NotEvidence("it does not have the form of a register");
  const register = parseLine(lines[1], "it");
  textAt(register, "project_id");
  if ("issued" in register && textAt(register, "issued")) nsOf(register.issued);
  if ("number" in register) wholeAt(register, "number");
  listAt(register, "stations");
  return { ...register, signed: Boolean(projectKey) };
}

// Where the register says that anchors of this station count, in words; empty where it does not say.
function ledgersOf(register, device) {
  const own = register.stations.filter((one) => one.device_id === device && "ledgers" in one);
  const named = own.flatMap((one) => listAt(one, "ledgers"));
  return named.map((one) => `contract ${textAt(one, "contract")} on chain ${wholeAt(one, "chain_id")}`).join("; ");
}

// Which of the project's registers it is, in words; empty where it does not say.
function editionOf({ number, issued }) {
  return [number ? `no. ${number}` : "", issued ?? ""].filter(Boolean).join(" of ");
}

// Of a key that stands in the register twice, whatever ends it first counts.
function strictest(one, other) {
  const order = (times) => times.filter(Boolean).sort((a, b) => (nsOf(a) < nsOf(b) ? -1 : 1));
  return {
    ...one,
    from: order([one.from, other.from]).at(-1) ?? "",
    until: order([one.until, other.until])[0] ?? "",
    revoked: order([one.revoked, other.revoked])[0] ?? "",
  };
}

function vouched(sheet, register, key, chain, checker, size, end) {
  if (register.project_id !== chain.opened.project_id) {
    const words = `The register is of the project ${register.project_id}, and the log says that it is of ` +
      `${chain.opened.project_id}: it vouches for nothing here.`;
    sheet.failed("signer", "Signer", words, 0);
    return;
  }
  const device = chain.opened.device_id;
  const keys = register.stations
    .filter((one) => textAt(one, "device_id") === device)
    .filter((one) => listAt(one, "origins").length === 0 || one.origins.includes(key.name))
    .flatMap((one) => listAt(one, "keys"));
  const known = (one) => {
    const own = keys.filter((key) => sameBytes(fromBase64(textAt(key, "public_key")), one.publicKey));
    return own.length > 0 ? own.reduce(strictest) : undefined;
  };
  if (known(key) === undefined) {
    const words = "The register of the project does not know this key as that of this station and log.";
    sheet.failed("signer", "Signer", words);
    return;
  }
  const found = judged(chain, checker, known, size, end);
  const failures = found.filter(({ failed }) => failed);
  const told = (some) => some.map(({ words }) => words).join(" ");
  if (failures.length > 0) {
    sheet.failed("signer", "Signer", told(failures));
  } else if (found.length > 0) {
    sheet.notChecked("signer", "Signer", told(found));
  } else if (!register.signed) {
    const words = "Signer not vouched for: anyone can sign a register. Give the project's key, which says that the " +
      "project signed this one.";
    sheet.notChecked("signer", "Signer", words);
  } else {
    const edition = editionOf(register);
    const words = `The register of ${register.project_id}${edition && `, ${edition},`} vouches for the key of this ` +
      "station.";
    sheet.passed("signer", "Signer", words);
  }
}

// What the register says against each key that these entries rest on, and whether that is a failure.
function judged(chain, checker, known, size, end) {
  const named = chain.keys.filter(({ index }) => index < size);
  const timesOf = timesByKey(chain, checker, named.length, end);
  const found = [];
  for (const [number, times] of [...timesOf].sort(([one], [other]) => one - other)) {
    const alone = number === named.length - 1 && timesOf.size === 1;
    const which = alone ? "The key" : `The key that entry ${named[number].index} names`;
    const entry = known(named[number].key);
    if (entry === undefined) {
      const last = (number + 1 < named.length ? named[number + 1].index : Math.max(end, ...endsAfter(chain, end))) - 1;
      const words = `${which} is not in the register: the entries up to ${last} are not vouched for.`;
      found.push({ failed: false, words });
    } else {
      const last = number === named.length - 1;
      found.push(...against(times.signed || !times.begun ? { ...entry, from: "" } : entry, times, which, last));
    }
  }
  return found;
}

// One more than the index of each landmark after the run.
const endsAfter = (chain, end) => [...chain.entries.keys()].filter((index) => index >= end).map((index) => index + 1);

// Times by the key's number: of the run, of the landmarks after it, which change how it is read, and of the signature.
// The last key signed all, though it may have made none of these entries: whoever has it could write anew what came
// before it.
function timesByKey(chain, checker, keys, end) {
  for (const [index, entry] of [...chain.entries].sort(([one], [other]) => one - other)) {
    if (index >= end) checker.takeLater(index, entry);
    else if (index < checker.first) checker.takeBefore(index, entry);
  }
  const found = new Map([...checker.byKey].filter(([number]) => number < keys));
  if (!found.has(keys - 1)) {
    const later = (most, one) => (most === null || (one !== null && one > most) ? one : most);
    const newest = (name) => [...found.values()].map((times) => times[name]).reduce(later, null);
    found.set(keys - 1, { first: null, latest: newest("latest"), shown: newest("shown"), signed: true });
  }
  return found;
}

// `last`: the key signed all. What stands before the entries of a run is under the signature of a later key besides.
function* against({ from, until, revoked }, times, which, last) {
  if (from && (times.first === null || times.first < nsOf(from))) {
    const words = `${which} counts from ${from} on, and the entries begin before: those are not vouched for.`;
    yield { failed: false, words };
  }
  for (const [text, what] of [[until, "counts until"], [revoked, "was revoked on"]]) {
    if (!text) continue;
    const bound = nsOf(text);
    if (times.latest !== null && times.latest >= bound) {
      const made = times.signed || times.begun ? "the entries go on after it"
        : "an entry that says how these are read is younger";
      yield { failed: true, words: `${which} ${what} ${text}, and ${made}.` };
    } else if (times.latest === null || (times.shown !== null && times.shown >= bound)) {
      const words = `${which} ${what} ${text}, and there are entries whose time is not known: they may be younger.`;
      yield { failed: false, words };
    } else if (text === revoked && (last || times.begun)) {
      const words = `${which} was revoked on ${text}, after these entries say that they were made; that they are not ` +
        "younger than that is shown by an outside witness only.";
      yield { failed: false, words };
    }
  }
}

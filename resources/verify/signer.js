// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// Who signed the checkpoint, and whether the project's station register vouches for that key.

const REGISTER = "verifield station register/1";

async function checkSigner(sheet, chain, head, register, checker) {
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
    vouched(sheet, await readRegister(register), key, chain, checker);
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
  listAt(register, "stations");
  return { ...register, signed: Boolean(projectKey) };
}

function vouched(sheet, register, key, chain, checker) {
  const device = chain.opened.device_id;
  const entry = register.stations
    .filter((one) => textAt(one, "device_id") === device)
    .filter((one) => listAt(one, "origins").length === 0 || one.origins.includes(key.name))
    .flatMap((one) => listAt(one, "keys"))
    .find((one) => sameBytes(fromBase64(textAt(one, "public_key")), key.publicKey));
  if (entry === undefined) {
    const words = "The register of the project does not know this key as that of this station and log.";
    sheet.failed("signer", "Signer", words);
    return;
  }
  const trouble = outside(entry, checker);
  const by = register.signed ? "" : " The register's own signature was not checked: no project key was given.";
  if (trouble) {
    sheet.failed("signer", "Signer", trouble);
  } else if (entry.revoked) {
    const words = `The key was revoked on ${entry.revoked}, after these entries say that they were made; that they ` +
      "are not younger than that is shown by an outside witness only.";
    sheet.notChecked("signer", "Signer", words);
  } else {
    const words = `The register of ${register.project_id} vouches for the key of this station.${by}`;
    sheet.passed("signer", "Signer", words);
  }
}

function outside({ from, until, revoked }, checker) {
  if (from && checker.firstTime !== null && checker.firstTime < nsOf(from)) {
    return `The key counts from ${from} on, and the entries begin before.`;
  }
  if (until && checker.lastTime >= nsOf(until)) {
    return `The key counts until ${until}, and the entries go on after it.`;
  }
  if (revoked && checker.lastTime >= nsOf(revoked)) {
    return `The key was revoked on ${revoked}, and the entries go on after it.`;
  }
  return "";
}

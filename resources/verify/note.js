// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// Signed notes (c2sp.org/signed-note, Ed25519 only) and checkpoints (c2sp.org/tlog-checkpoint).

// This browser cannot make a check; it is then said to be open, never to have passed.
class NotHere extends Error {}

const ENCODER = new TextEncoder();

function bytesOf(text) {
  return ENCODER.encode(text);
}

function fromBase64(text) {
  let plain;
  try {
    plain = atob(member({ text }, "text", (value) => typeof value === "string", "base64"));
  } catch (error) {
    if (error instanceof NotEvidence) throw error;
    throw new NotEvidence(`"${text.slice(0, 60)}" is not base64`);
  }
  if (btoa(plain) !== text) throw new NotEvidence(`"${text.slice(0, 60)}" is not base64 in its one valid form`);
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

function toBase64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

function parseNote(text) {
  if (text.length > 1_000_000 || /[\x00-\x09\x0b-\x1f]/.test(text)) {
    throw new NotEvidence("a note has at most a million characters and no control characters but line breaks");
  }
  const end = text.lastIndexOf("\n\n");
  if (end < 0 || !text.endsWith("\n")) throw new NotEvidence("a note ends with an empty line and its signatures");
  const lines = text.slice(end + 2, -1).split("\n");
  if (lines.length > 100) throw new NotEvidence("a note has at most 100 signatures");
  return { text: text.slice(0, end + 1), signatures: lines.map(signatureOf) };
}

function signatureOf(line) {
  const found = /^\u2014 ([^\s+]+) (\S+)$/.exec(line);
  if (found === null) throw new NotEvidence("a signature line of a note does not have its form");
  const data = fromBase64(found[2]);
  if (data.length <= 4) throw new NotEvidence("a signature line of a note is too short");
  return { name: found[1], keyId: hex(data.slice(0, 4)), signature: data.slice(4) };
}

function verifierKey(name, publicKey) {
  if (publicKey.length !== 32) throw new NotEvidence("an Ed25519 public key has 32 bytes");
  const hashed = new Sha256().update(bytesOf(`${name}\n`)).update(Uint8Array.of(1)).update(publicKey).digest();
  return { name, publicKey, id: hex(hashed.slice(0, 4)) };
}

// `NAME+KEY ID+base64(01 ‖ PUBLIC KEY)`, as a project publishes its key.
function parseVerifierKey(text) {
  const [name, id, ...rest] = text.trim().split("+");
  const data = fromBase64(rest.join("+"));
  const key = verifierKey(name, data.slice(1));
  if (data[0] !== 1 || key.id !== id) throw new NotEvidence("this is not the key of a project: NAME+KEY ID+BASE64");
  return key;
}

async function ed25519(publicKey, message, signature) {
  let key;
  try {
    key = await crypto.subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);
  } catch (error) {
    if (error.name === "DataError") return false;
    throw new NotHere("this browser cannot check Ed25519 signatures");
  }
  return crypto.subtle.verify({ name: "Ed25519" }, key, signature, message);
}

async function checkSignature(publicKey, message, signature) {
  if (!(await ed25519(publicKey, message, signature))) {
    throw new NotEvidence("the signature does not belong to this text and this key");
  }
}

// The first of `keys` that signed; a signature that claims to be of one of them and is not, is refused.
async function signerOf(note, keys) {
  let signer = null;
  for (const one of note.signatures) {
    const key = keys.find((known) => known.name === one.name && known.id === one.keyId);
    if (key === undefined) continue;
    await checkSignature(key.publicKey, bytesOf(note.text), one.signature);
    signer ??= key;
  }
  if (signer === null) throw new NotEvidence("none of the known keys has signed it");
  return signer;
}

function readCheckpoint(text) {
  const note = parseNote(text);
  const [origin, size, root, ...rest] = note.text.split("\n");
  if (rest.length === 0 || rest.at(-1) !== "" || rest.slice(0, -1).includes("")) {
    throw new NotEvidence("a checkpoint has three lines at least: origin, size and root");
  }
  if (!/^(0|[1-9][0-9]{0,15})$/.test(size)) throw new NotEvidence("the size of a checkpoint is not a number");
  const hash = fromBase64(root);
  if (hash.length !== 32) throw new NotEvidence("the root of a checkpoint has 32 bytes");
  if (!note.signatures.some((one) => one.name === origin)) {
    throw new NotEvidence("the checkpoint has no signature in the name of its own log");
  }
  return { origin, size: Number(size), root: hash, note };
}

// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// Strict JSON: bytes that are accepted can be read in one way only, their canonical form (RFC 8785). JavaScript's own
// writing of numbers and strings is that form; the order of keys, repeated keys and lone surrogates are looked at here.

// Files that are not what they must be; the message says why.
class NotEvidence extends Error {}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(bytes, what) {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new NotEvidence(`${what} is not UTF-8 text`);
  }
}

function parseCanonical(text, what) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new NotEvidence(`${what} is not JSON`);
    throw error;
  }
  if (!isCanonical(value, text)) throw new NotEvidence(`${what} is not written as RFC 8785 demands`);
  return value;
}

// What is nested too deeply to be looked at is not accepted.
function isCanonical(value, text) {
  try {
    return (!text.includes("\\ud") && JSON.stringify(value) === text && isSorted(value)) || canonical(value) === text;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function isSorted(value) {
  if (value === null || typeof value !== "object") return true;
  if (Array.isArray(value)) return value.every(isSorted);
  let before = null;
  for (const key in value) {
    if (before !== null && !(before < key)) return false;
    before = key;
    const item = value[key];
    if (item !== null && typeof item === "object" && !isSorted(item)) return false;
  }
  return true;
}

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const members = Object.keys(value).sort().map((key) => `${canonical(key)}:${canonical(value[key])}`);
    return `{${members.join(",")}}`;
  }
  if (typeof value === "string" && !value.isWellFormed()) throw new NotEvidence("a text holds half a character");
  return JSON.stringify(value);
}

// Members of a type that must be there.

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function isWhole(value) {
  return Number.isSafeInteger(value) && value >= 0;
}

function member(object, key, fits, kind) {
  const value = isObject(object) && Object.hasOwn(object, key) ? object[key] : undefined;
  if (!fits(value)) throw new NotEvidence(`${key} is not ${kind}`);
  return value;
}

function textAt(object, key) {
  return member(object, key, (value) => typeof value === "string", "text");
}

function wholeAt(object, key) {
  return member(object, key, isWhole, "a whole number from 0 on");
}

function objectAt(object, key) {
  return member(object, key, isObject, "an object");
}

function listAt(object, key) {
  return member(object, key, Array.isArray, "a list");
}

// Times: RFC 3339 text as nanoseconds since 1970 (BigInt).

const TIME = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;
const SECOND = { text: "", ns: 0n };

function nsOf(text) {
  const found = TIME.exec(text);
  if (found === null) throw new NotEvidence(`"${String(text).slice(0, 40)}" is not a time`);
  const [, second, fraction, sign, hours, minutes] = found;
  if (second !== SECOND.text) {
    const date = new Date(`${second}Z`);
    if (Number.isNaN(date.valueOf()) || date.toISOString().slice(0, 19) !== second) {
      throw new NotEvidence(`"${text}" is not a time that exists`);
    }
    SECOND.text = second;
    SECOND.ns = BigInt(date.valueOf()) * 1_000_000n;
  }
  const ns = SECOND.ns + BigInt((fraction ?? "").padEnd(9, "0"));
  if (!sign) return ns;
  const offset = BigInt(Number(hours) * 3600 + Number(minutes) * 60) * 1_000_000_000n;
  return sign === "-" ? ns + offset : ns - offset;
}

// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// What persons said later of the readings of a run: the corrections by hand that its values and totals rest on. That it
// is true is nobody's proof.

const MOST_TOLD = 5;
const LONGEST_EVIDENCE = 200;

function checkAmendments(sheet, chain, first, end) {
  const every = [...chain.entries].filter(([, entry]) => entry.type === "amendment").map(([index, { body }]) => [index, body]);
  const concerned = new Set(every.filter(([, body]) => body.first < end && body.last >= first).map(([index]) => index));
  const found = every.filter(([index, body]) => concerned.has(index) || concerned.has(body.replaces));
  if (found.length === 0) return;
  const replaced = new Map(found.filter(([, { replaces }]) => isWhole(replaces)).map(([index, { replaces }]) => [replaces, index]));
  const told = found.slice(0, MOST_TOLD).map(([index, body]) => amendmentTold(index, body, replaced.get(index)));
  const more = found.length > MOST_TOLD ? ` ${count(found.length - MOST_TOLD)} more are in the log.` : "";
  const persons = [...new Set(found.map(([, { person }]) => String(person)))].sort().join(", ");
  const words = `${count(found.length)} by ${persons} change how readings of these entries count. ${told.join(" ")}${more} ` +
    "This page does not apply them; that what a person said is so is not proven.";
  sheet.notChecked("amendments", "Amendments", words);
}

function amendmentTold(index, body, replacedBy) {
  const said = String(body.evidence);
  const short = said.length <= LONGEST_EVIDENCE ? said : `${said.slice(0, LONGEST_EVIDENCE)}…`;
  const counts = replacedBy === undefined ? "" : ` (replaced by entry ${replacedBy})`;
  return `Entry ${index}${counts}, ${body.person}: ${amendmentWords(body)}; because: “${short}”.`;
}

function amendmentWords(body) {
  const listed = (name) => (Array.isArray(body[name]) ? body[name].join(", ") : "");
  const channels = listed("channels") && ` (${listed("channels")})`;
  const times = body.from || body.to ? `, ${body.from || "the begin"} to ${body.to || "the end"}` : "";
  return `${String(body.kind).replaceAll("_", " ")} of ${listed("sensors") || "all sensors"}${channels}: ` +
    `${amendmentEffect(body)}; entries ${body.first} to ${body.last}${times}`;
}

function amendmentEffect(body) {
  const seconds = (us) => (us ?? 0) / 1e6;
  switch (body.kind) {
    case "clock_offset":
    case "release_untrusted_time":
      return `times ${seconds(body.offset_us)} s ± ${seconds(body.uncertainty_us)} s`;
    case "value_correction":
      return `values × ${body.gain ?? 1}, then ${body.offset ?? 0} added`;
    case "wrong_plug":
      return body.reads_as ? `they are ${body.reads_as}'s` : "they fail, whose they are is not known";
    case "withdrawal":
      return `the amendment of entry ${body.replaces} counts no longer`;
    default:
      return "other flags";
  }
}

// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// The page: takes files, starts a check beside itself, shows what it found.

const MARKS = { passed: "✓ passed", failed: "✗ FAILED", not_checked: "– not checked" };
const STANDINGS = {
  sound: "Sound as far as it was checked here: every check made passed, and the register vouches for the signer.",
  simulated: "SIMULATED, or not shown to be real. Every check made here passed, but instruments were simulated, or a " +
    "program could stand behind where they were connected. It is no evidence of what those measured.",
  incomplete: "INCOMPLETE. Nothing that was checked failed, but index.note, the station's signature over what the bundle " +
    "holds, is missing or could not be checked: calibrations, amendments, anchors or attachments may have been left out of " +
    "it unseen. Ask for the bundle as it was written, or for a new one, written while the station's recorder runs; of a " +
    "closed log the project's register is needed too.",
  not_vouched_for: "Signer not vouched for. Nothing is wrong in itself, but no register says whose key signed it: " +
    "anyone can make a log that agrees with itself. Drop the project's station register as well, and give the project's key.",
  failed: "FAILED. This evidence must not be relied on; the checks below say where it fails.",
  unreadable: "Unreadable. This is not an evidence bundle of a form that this page knows.",
};
const REGISTER_BEGINS = "verifield station register/1\n";
const LARGEST_REGISTER = 2 ** 20;

const bundle = { files: [], register: null };
let worker = null;

function at(id) {
  return document.getElementById(id);
}

function made(tag, text, className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}

async function choose(files) {
  if (files.length === 0) return;
  const chosen = [];
  let register = null;
  for (const file of files) {
    if (await isRegister(file)) register = file;
    else if (file.name !== "verify.html") chosen.push(file);
  }
  if (register) bundle.register = register;
  if (chosen.length > 0) bundle.files = chosen;
  const many = bundle.files.length > 3;
  const names = many ? `${bundle.files.length} files` : bundle.files.map((file) => file.name).join(", ");
  at("chosen").textContent = `Bundle: ${names || "not chosen yet"}. ` +
    `Station register: ${bundle.register ? bundle.register.name : "none"}.`;
  if (bundle.files.length > 0) await check();
}

async function isRegister(file) {
  if (file.size > LARGEST_REGISTER) return false;
  return (await file.slice(0, REGISTER_BEGINS.length).text()) === REGISTER_BEGINS;
}

async function check() {
  cancel();
  const text = bundle.register && (await bundle.register.text());
  const register = bundle.register && { text, projectKey: at("key").value.trim() };
  const url = URL.createObjectURL(new Blob([at("worker").textContent], { type: "text/javascript" }));
  worker = new Worker(url);
  URL.revokeObjectURL(url);
  worker.onmessage = ({ data }) => heard(data);
  worker.onerror = (event) => heard({ broken: event.message });
  worker.postMessage({ files: bundle.files, register });
  at("intro").hidden = true;
  at("verdict").hidden = true;
  at("running").hidden = false;
  at("progress").removeAttribute("value");
  at("done").textContent = "Reading…";
}

function cancel() {
  worker?.terminate();
  worker = null;
  at("running").hidden = true;
}

function heard({ done, all, verdict, milliseconds, broken }) {
  if (verdict) {
    cancel();
    show(verdict, milliseconds);
  } else if (broken) {
    cancel();
    const words = `The check broke off and found nothing out: ${broken}`;
    const check = { name: "page", title: "This page", outcome: "failed", words };
    show({ readable: false, about: null, checks: [check], notProven: [] });
  } else {
    at("progress").value = done / all;
    at("done").textContent = `${done.toLocaleString("en")} of ${all.toLocaleString("en")} entries read`;
  }
}

function standingOf({ readable, complete, checks }) {
  if (!readable) return "unreadable";
  if (checks.some(({ outcome }) => outcome === "failed")) return "failed";
  if (!complete) return "incomplete";
  const vouched = checks.some(({ name, outcome }) => name === "signer" && outcome === "passed");
  if (!vouched) return "not_vouched_for";
  const unreal = checks.some(({ name, outcome }) => name === "instruments" && outcome === "not_checked");
  return unreal ? "simulated" : "sound";
}

function show(verdict, milliseconds = 0) {
  const standing = standingOf(verdict);
  const failed = verdict.checks.filter((one) => one.outcome === "failed" && Number.isInteger(one.entry));
  const first = failed.length > 0 ? ` First entry named: ${Math.min(...failed.map((one) => one.entry))}.` : "";
  at("standing").dataset.standing = standing;
  at("standing").textContent = `Verdict: ${STANDINGS[standing]}${first}`;
  at("about").replaceChildren(...aboutRows(verdict.about));
  const rank = { failed: 0, passed: 1 };
  const ran = verdict.checks.filter((one) => one.outcome !== "not_checked");
  at("checks").replaceChildren(...ran.sort((a, b) => rank[a.outcome] - rank[b.outcome]).map(row));
  at("open").replaceChildren(...verdict.checks.filter((one) => one.outcome === "not_checked").map(row));
  at("not-proven").replaceChildren(...verdict.notProven.map((words) => made("li", words)));
  const entries = verdict.about ? verdict.about.end - verdict.about.first : 0;
  at("speed").textContent = `${entries.toLocaleString("en")} entries in ${(milliseconds / 1000).toFixed(1)} s.`;
  at("verdict").hidden = false;
  at("verdict").focus();
}

function aboutRows(about) {
  if (!about) return [];
  const rows = [
    ["Station", about.demo ? "SIMULATED instruments: no evidence" : `${about.device} of project ${about.project}`],
    ["Log", about.origin],
    ["Entries", `${about.first} to ${about.end - 1}`],
    ["Period", about.start || about.until
      ? `said to hold ${about.start || "its begin"} to ${about.until || "its end"} of the log` : "none is named"],
    ["Sensors asked for", about.sensors.map(String).join(", ") || "all"],
    ["Checkpoint", `${about.size} entries, root ${about.root}`],
  ];
  return rows.flatMap(([name, value]) => [made("dt", name), made("dd", value)]);
}

function row({ name, title, outcome, words, entry }) {
  const item = document.createElement("li");
  item.dataset.name = name;
  item.dataset.outcome = outcome;
  if (Number.isInteger(entry)) item.dataset.entry = entry;
  item.append(made("span", MARKS[outcome], "mark"), made("span", title, "title"), made("span", words, "words"));
  return item;
}

// What is dropped: files, and the files of a folder, not those of its sub-folders.
async function dropped(transfer) {
  const files = [...transfer.files];
  // All must be asked for before this turn ends: then the browser forgets what was dropped.
  const handles = [...transfer.items].map((item) => item.getAsFileSystemHandle?.() ?? entryOf(item));
  const found = [];
  for (const handle of await Promise.all(handles)) {
    if (handle === null) return files;
    if (handle.kind === "file") found.push(await handle.getFile());
    else for await (const inner of handle.values()) if (inner.kind === "file") found.push(await inner.getFile());
  }
  return found;
}

// The older way to the same, for browsers without the newer one.
function entryOf(item) {
  const entry = item.webkitGetAsEntry();
  return entry && {
    kind: entry.isFile ? "file" : "directory",
    getFile: () => new Promise((resolve, reject) => entry.file(resolve, reject)),
    values: () => insideOf(entry.createReader()),
  };
}

async function* insideOf(reader) {
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const entry of some) yield entryOf({ webkitGetAsEntry: () => entry });
  }
}

for (const id of ["files", "folder"]) {
  at(id).addEventListener("change", ({ target }) => {
    const chosen = [...target.files].filter((file) => file.webkitRelativePath.split("/").length <= 2);
    target.value = "";
    choose(chosen);
  });
}
at("key").addEventListener("change", () => {
  if (bundle.register && bundle.files.length > 0) check();
});
at("cancel").addEventListener("click", () => {
  cancel();
  at("chosen").textContent += " Cancelled: nothing was found out.";
});
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  at("drop").classList.add("over");
});
document.addEventListener("dragleave", () => at("drop").classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  at("drop").classList.remove("over");
  dropped(event.dataTransfer).then(choose, () => {
    at("chosen").textContent = "This browser cannot read what was dropped. Use Choose files… or Choose a folder….";
  });
});

// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// The edges of a run: when its entries were made by the log's clock, and which sensors were silent there, where no
// later entry can account for it. The order of the log is the order in which time really passed.

// Times of some entries in the log's order: known ones, and the latest that is only what a clock showed.
class Dated {
  constructor() {
    this.first = null;
    this.last = null;
    this.latest = null;
    this.shown = null;
    this.firstKnown = true;
    this.lastKnown = true;
    this.begun = false;
  }

  // The time of an entry before those, which says how they are to be read: it bounds how young they are.
  takeBefore(placed, time) {
    const later = (known, one) => (known === null || one > known ? one : known);
    if (placed === null) this.shown = later(this.shown, time);
    else this.latest = later(this.latest, placed);
  }

  // `placed` is null where the time is not known; `time` is what the clock showed.
  take(placed, time) {
    this.begun = true;
    if (placed === null) {
      if (this.shown === null || time > this.shown) this.shown = time;
      this.firstKnown = this.firstKnown && this.first !== null;
      this.lastKnown = false;
      return;
    }
    this.first ??= placed;
    this.last = placed;
    if (this.latest === null || placed > this.latest) this.latest = placed;
    this.lastKnown = true;
  }
}

// The run holds every entry of the period, as far as the checkpoint goes.
function checkEdges(sheet, index, checker) {
  const title = "Edges of the period";
  if (checker.begun === null) {
    sheet.notChecked("edges", title, "No entry could be read: there is nothing to hold the period against.");
    return;
  }
  if (!index.start && !index.until) {
    const all = index.first === 0 && index.end === index.size;
    sheet.passed("edges", title, all ? "It is the whole log." : "No period is claimed.");
    return;
  }
  const start = index.start ? nsOf(index.start) : -(1n << 63n);
  const until = index.until ? nsOf(index.until) : 1n << 63n;
  const run = checker.times;
  const begins = index.first === 0 || (run.first !== null && run.first < start);
  const ends = run.last !== null && run.last >= until;
  const open = index.end < index.size && !ends;
  if (!begins && run.firstKnown) {
    const words = "The run does not begin before the period: entries of the period may have been left out.";
    sheet.failed("edges", title, words, index.first);
  } else if (open && run.lastKnown) {
    const words = "The run ends before the period does: entries of the period may have been left out.";
    sheet.failed("edges", title, words, index.end - 1);
  } else if (!begins || open) {
    const words = `At the ${begins ? "end" : "begin"} of the run the computer's clock was not to be trusted: whether ` +
      "entries of the period were left out there cannot be told. Ask for a bundle of a longer period.";
    sheet.notChecked("edges", title, words);
  } else if (!ends && index.until) {
    sheet.notChecked("edges", title, "The checkpoint is older than the period's end: the last part may be missing.");
  } else {
    sheet.passed("edges", title, "The run reaches beyond the period at both ends, or to the log's own.");
  }
}

// Whether the context holds every entry of the log that changes how others are read. A proof shows that an entry is in
// the log, not that there is no other; only the list in a signed index shows that.
function checkComplete(sheet, index, chain, signed) {
  const title = "Context is complete";
  const listed = index.context ?? [];
  const there = [...chain.entries.keys()].sort((one, other) => one - other);
  if (index.first === 0 && index.end === index.size) {
    const words = "The run is the whole log, and all such entries of it are there.";
    sheet.passed("context_complete", title, words);
  } else if (!signed || listed.length === 0) {
    const words = "Outside the run an amendment, a calibration or the like may have been left out: no index that the " +
      "device signed lists them.";
    sheet.notChecked("context_complete", title, words);
    return false;
  } else if (canonical(listed) !== canonical(there)) {
    const words = "It is not the list of entries that the device signed in the index: entries were left out or put in.";
    const [signedOnes, thereOnes] = [new Set(listed), new Set(there)];
    const odd = listed.find((one) => !thereOnes.has(one)) ?? there.find((one) => !signedOnes.has(one)) ?? null;
    sheet.failed("context_complete", title, words, odd);
    return false;
  } else {
    sheet.passed("context_complete", title, "It holds every entry that the recorder listed when it signed the index.");
  }
  return true;
}

// The last stretch of recording of each sensor before index `end`, as its configurations tell.
function recordings(chain, end) {
  const found = new Map();
  for (const [index, { sensor, interval, state }] of chain.sensors) {
    if (index >= end) continue;
    const entry = chain.entries.get(index);
    const here = { index, time: entry.time, mono: entry.mono };
    const known = found.get(sensor);
    const goesOn = known !== undefined && known.until === null;
    if (state === "recording") {
      found.set(sensor, { sensor, since: goesOn ? known.since : here, until: null, interval });
    } else if (goesOn) {
      found.set(sensor, { ...known, until: here });
    }
  }
  return [...found.values()];
}

// What sensors are silent from their last sign of life in the run up to its end, in words.
function* silentAtEnd(chain, runFirst, runLast, seen) {
  for (const { sensor, since, until, interval } of recordings(chain, runLast.index + 1)) {
    const edge = until ?? runLast;
    const last = seen.get(sensor);
    if (edge.index < runFirst.index || (last !== undefined && last.index >= edge.index)) continue;
    const begun = last ?? (since.index >= runFirst.index ? since : runFirst);
    const silent = lasted(chain.clock, begun, edge);
    if (silent > limitOf(interval)) {
      const what = last === undefined ? "said nothing" : "was silent";
      const when = new Date(Number(begun.time / 1_000_000n)).toISOString().slice(0, 19);
      yield `${sensor} ${what} since ${when}Z (${seconds(silent)})`;
    }
  }
}

// How long it was at least from one entry to a later one: by `mono` within a boot, else by the wall clock.
function lasted(clock, begun, edge) {
  const stretch = clock.stretchOf(edge.index);
  const boot = stretch?.boot ?? "";
  const sameBoot = (clock.stretchOf(begun.index)?.boot ?? "") === boot;
  if (begun.mono !== null && edge.mono !== null && sameBoot) return (edge.mono - begun.mono) * 1000n;
  const byWall = edge.time - begun.time;
  const started = stretch && clock.beginOf(stretch);
  if (edge.mono === null || !started || started.first <= begun.index) return byWall;
  // A clock that was set wrongly at the start must not hide the silence since.
  const byMono = (edge.mono - started.mono) * 1000n;
  return byMono > byWall ? byMono : byWall;
}

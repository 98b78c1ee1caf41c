// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// The times of a run's readings held against the order in which they stand in the log: the rules 6 to 8 of reported
// time. A clock that was set is told apart from a reading that contradicts the order with nothing in the log to say why.

const LARGEST_SHIFT_NS = 60n * 1_000_000_000n;

// What persons released: their words that entries from `first` to `last` have the time that the clock showed plus
// `offset`. Amendments of an unknown form count for nothing here.
function releasesOf(entries) {
  let inForce = [];
  for (const [index, { type, body }] of [...entries].sort(([one], [other]) => one - other)) {
    if (type !== "amendment") continue;
    inForce = inForce.filter((one) => one.index !== body.replaces);
    const offset = body.offset_us ?? 0;
    const formed = isWhole(body.first) && isWhole(body.last) && Number.isSafeInteger(offset);
    if (body.kind !== "withdrawal" && formed) {
      inForce.push({ index, kind: body.kind, first: body.first, last: Math.min(body.last, index - 1), offset: BigInt(offset) * 1000n });
    }
  }
  return inForce.filter(({ kind }) => kind === "release_untrusted_time").reverse();
}

class OrderChecker {
  constructor(chain) {
    this.clock = chain.clock;
    this.releases = releasesOf(chain.entries);
    this.last = new Map();
    for (const name of ["wrong", "jumped", "held", "moved", "released"]) this[name] = new Finding();
  }

  // The next reading; `placed` is its time by the log's clock, null where that is not known.
  take(index, entry, sensor, placed) {
    const last = this.last.get(sensor);
    const { time, released } = this.timeOf(index, entry, placed, last?.time);
    if (time !== null) {
      this.last.set(sensor, { time, index });
      if (released) this.released.note(index, "");
      else if (time !== placed) this.moved.note(index, "");
    } else if (placed === null || last === undefined || inOrder(placed, last.time) !== null) {
      this.held.note(index, ""); // a person gave it a time that the log could not take
    } else {
      const words = `it is dated ${seconds(last.time - placed)} before the reading of its sensor before it`;
      if (this.clock.stretchOf(index) === this.clock.stretchOf(last.index)) this.wrong.note(index, words);
      else this.jumped.note(index, `${words}, entry ${last.index}`);
    }
  }

  timeOf(index, entry, placed, last) {
    const release = this.releases.find(({ first, last: end }) => first <= index && index <= end);
    if (release === undefined) return { time: inOrder(placed, last), released: false };
    const fix = placed !== null && !this.clock.believes(index) ? this.clock.fixOf(index) : undefined;
    const own = fix !== undefined && fix.index > release.index ? null : inOrder(placed, last);
    if (own !== null) return { time: own, released: false };
    const time = inOrder(entry.time + release.offset, last);
    const ceiling = this.clock.ceiling(index, release.index);
    return { time: ceiling !== null && time !== null && time >= ceiling ? null : time, released: true };
  }

  report(sheet, none) {
    const { wrong, jumped, held, moved, released } = this;
    const title = "Order in time";
    const kept = moved.count ? ` ${count(moved.count)} were set at the same instant and are kept in order.` : "";
    const given = released.count ? ` ${count(released.count)} have the time that a person gave them.` : "";
    if (none) {
      sheet.notChecked("order", title, NO_READING);
    } else if (wrong.count === 0 && jumped.count > 0) {
      const words = `${count(jumped.count)} readings contradict the times before them, and between lies an entry that ` +
        `tells of the computer's clock: it was set. Entry ${jumped.entry}: ${jumped.words}. One of the two times is ` +
        "wrong; the log holds such readings back, so that they count nowhere, and this does not tell a clock that ran " +
        "ahead from entries that were dated back.";
      sheet.notChecked("order", title, words);
    } else {
      sheet.found("order", title, wrong, `${count(wrong.count)} readings contradict the order.`,
        `The reported time of every sensor strictly increases.${kept}${given}`);
    }
    if (held.count) {
      const words = `${count(held.count)} readings from entry ${held.entry} on have no known time yet.`;
      sheet.notChecked("held", "Readings whose time is not known", words);
    }
  }
}

// A time after the one before it; null where it would have to be moved too far.
function inOrder(placed, last) {
  if (placed === null || last === undefined || placed > last) return placed;
  return last + 1n - placed > LARGEST_SHIFT_NS ? null : last + 1n;
}

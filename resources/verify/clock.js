// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// What a log says of its computer's clock, and the time of a reading by that alone: the rules 1 to 5 of reported time.
// Times are nanoseconds (BigInt); `mono` is microseconds since the computer's start, on a clock that nobody sets.

const SAME_CLOCK_NS = 500_000_000n;

class Clock {
  constructor() {
    this.stretches = [];
    this.fixes = [];
    this.cursor = 0;
  }

  // The next landmark of the log, in its order.
  learn(index, entry) {
    const body = entry.body;
    if (entry.type === "boot") {
      const boot = textAt(body, "boot_id");
      if (textAt(body, "event") === "stop") return;
      this.begin(index, entry, boot, "untrusted", boot === this.last?.boot ? this.last.base : null);
    } else if (entry.type === "clock" && body.event === "state") {
      this.changed(index, entry, body);
    } else if (entry.type === "clock" && body.event === "step") {
      this.begin(index, entry, this.last?.boot ?? "", this.last?.state ?? "untrusted", this.last?.base ?? null);
    } else if (entry.type === "clock" && body.event === "fix") {
      const base = nsOf(textAt(body, "utc")) - BigInt(wholeAt(body, "mono_us")) * 1000n;
      this.fixes.push({ index, boot: textAt(body, "boot_id"), base });
    }
  }

  get last() {
    return this.stretches.at(-1);
  }

  changed(index, entry, body) {
    const state = member(body, "state", (one) => ["trusted", "holdover", "untrusted"].includes(one), "a known state");
    const boot = this.last?.boot ?? "";
    if (state === "untrusted" || body.uncertainty_us === null) {
      this.begin(index, entry, boot, "untrusted", null);
      return;
    }
    wholeAt(body, "uncertainty_us");
    const kept = state === "holdover" ? this.last?.base ?? null : null;
    this.begin(index, entry, boot, state, kept ?? entry.time - entry.mono * 1000n);
  }

  begin(index, entry, boot, state, base) {
    this.stretches.push({ first: index, boot, state, base, mono: entry.mono });
  }

  // The stretch of the entry at `index`. Asked in the log's order, so that it goes on from where it was.
  stretchAt(index) {
    while (this.cursor < this.stretches.length && this.stretches[this.cursor].first <= index) this.cursor++;
    return this.stretches[this.cursor - 1];
  }

  // The same, of any entry.
  stretchOf(index) {
    return this.stretches.findLast(({ first }) => first <= index);
  }

  // The stretch with which this one's boot began.
  beginOf(stretch) {
    let at = this.stretches.indexOf(stretch);
    while (at > 0 && this.stretches[at - 1].boot === stretch.boot) at--;
    return this.stretches[at];
  }

  // Whether the clock was followed when the entry at `index` was made.
  believes(index) {
    const stretch = this.stretchOf(index);
    return stretch !== undefined && stretch.state !== "untrusted" && stretch.base !== null;
  }

  // The first fix after the entry at `index` in its boot.
  fixOf(index) {
    const boot = this.stretchOf(index)?.boot;
    return this.fixes.find((one) => one.index > index && one.boot === boot);
  }

  // When a stretch with a believed clock next began after the entry at `index`, told before index `knownAt`; or null.
  ceiling(index, knownAt) {
    const next = this.stretches.find(
      ({ first, state, base }) => first > index && first < knownAt && state !== "untrusted" && base !== null,
    );
    return next === undefined ? null : next.base + next.mono * 1000n;
  }

  // The time of an entry; null while it is not known.
  placed(index, time, mono) {
    const stretch = this.stretchAt(index);
    if (stretch === undefined) return null;
    if (stretch.state !== "untrusted" && stretch.base !== null) {
      const based = mono * 1000n + stretch.base;
      const apart = time - based;
      return apart <= SAME_CLOCK_NS && apart >= -SAME_CLOCK_NS ? time : based;
    }
    const fix = this.fixes.find((one) => one.index > index && one.boot === stretch.boot);
    return fix === undefined ? null : fix.base + mono * 1000n;
  }
}

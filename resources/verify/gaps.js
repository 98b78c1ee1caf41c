// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// What gaps say of themselves, held against the entries around them: a gap ends when it was told, no reading lies within
// it, and its length and the sensor's interval give how many readings it counts.

const CLOCK_NS = 60_000_000_000n;
const GAP_SLEW = 1_000n;

class GapChecker {
  constructor(chain) {
    this.chain = chain;
    this.wrong = new Finding();
    this.open = new Finding();
    this.read = new Map();
    this.last = new Map();
  }

  // The next reading of a sensor, made with the configuration `made`, at its time by the log's clock (null: not known).
  reading(index, entry, sensor, made, placed) {
    const at = { ...this.sign(index, entry, placed), made };
    this.read.set(sensor, at);
    this.last.set(sensor, at);
  }

  // The next gap; gives until when it may account for its sensor.
  gap(index, entry, { sensor, start, end, expected, causes }, placed) {
    const at = this.sign(index, entry, placed);
    const intervals = this.intervals(sensor, index);
    const slack = intervals.reduce((most, one) => (one > most ? one : most), intervals.length ? 0n : 1_000_000_000n);
    const read = this.read.get(sensor);
    if (end > entry.time + CLOCK_NS) {
      const words = `its gap is said to end at ${whenOf(end)}, and was told at ${whenOf(entry.time)}`;
      (placed === null ? this.open : this.wrong).note(index, words);
    } else if (read !== undefined && start < read.time - slack) {
      const words = `its gap begins at ${whenOf(start)}, and there are readings of ${sensor} after that`;
      const followed = read.stretch === at.stretch && read.followed && at.followed;
      (followed ? this.wrong : this.open).note(index, words);
    } else {
      const lengths = [...lengthsOf(at, this.last.get(sensor), start, end, slack)];
      this.count(index, { sensor, expected, causes }, lengths, intervals);
    }
    const until = end < entry.time ? end : entry.time;
    const back = entry.time - until;
    const mono = at.mono - back / 1000n;
    this.last.set(sensor, { ...at, time: until, mono, placed: placed === null ? null : placed - back });
    return until;
  }

  count(index, { sensor, expected, causes }, lengths, intervals) {
    if (expected === 0 && causes.includes("clock_untrusted")) {
      this.open.note(index, "the computer did not know how long it had been off");
    } else if (intervals.length === 0) {
      this.open.note(index, `no entry before it configures ${sensor}`);
    } else if (!lengths.some(([length]) => intervals.some((interval) => countFits(BigInt(expected), length, interval)))) {
      const [length, known] = lengths[0];
      const due = count(Number(length / intervals.at(-1)));
      const words = `its gap of ${seconds(length)} counts ${count(expected)} missing readings, where ${due} were due`;
      (known ? this.wrong : this.open).note(index, words);
    }
  }

  sign(index, entry, placed) {
    const stretch = this.chain.clock.stretchAt(index);
    const followed = placed === entry.time;
    const { time, mono } = entry;
    return { time, mono, placed, followed, boot: stretch?.boot ?? "", stretch: stretch?.first ?? -1 };
  }

  // The intervals that may have been in force in a gap told at `index`: since the last reading's.
  intervals(sensor, index) {
    const own = [...this.chain.sensors].filter(([at, one]) => one.sensor === sensor && at < index);
    const made = this.read.get(sensor)?.made;
    const since = made === undefined ? -1 : own.findIndex(([at]) => at >= made);
    return own.slice(since < 0 ? -1 : since).map(([, one]) => one.interval);
  }
}

// How long the gap may have been, and whether that is known.
function* lengthsOf(at, last, start, end, slack) {
  const back = at.time - end;
  const apart = last === undefined ? null : start - last.time;
  if (apart !== null && apart <= slack && apart >= -slack) {
    if (last.boot === at.boot) yield [(at.mono - last.mono) * 1000n - back, true];
    if (last.placed !== null && at.placed !== null) yield [at.placed - back - last.placed, true];
  }
  const known = last !== undefined && last.stretch === at.stretch && last.followed && at.followed;
  yield [end - start, known];
}

// One more or less: samples come off time, and a reading may have been refused.
function countFits(expected, length, interval) {
  if (interval <= 0n) return true;
  const due = length / interval;
  const off = 1n + due / GAP_SLEW;
  return due - off <= expected && expected <= due + off;
}

function whenOf(ns) {
  return `${new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19)}Z`;
}

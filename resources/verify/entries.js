// SPDX-FileCopyrightText: 2026 The Verifield Authors
// SPDX-License-Identifier: Apache-2.0

// What the entries of a run say, one after the other: form, order in time, silences. Memory grows with the run by the
// indices of its notable entries only.

const SECOND_NS = 1_000_000_000n;
const CALM_NS = 10n * SECOND_NS;
const LONGEST_CALM_NS = 3600n * SECOND_NS;
const NO_READING = "There is no reading among these entries.";
const FLAGS = new Set([1, 2, 3, 4, 9]);
const MISSING = 9;
const KNOWN_TYPES = new Set([
  ...CONTEXT_TYPES, "reading", "gap", "note", "visit", "summary", "plan",
]);

// How often something was found, and the first entry and words of it.
class Finding {
  constructor() {
    this.count = 0;
    this.entry = null;
    this.words = "";
  }

  note(entry, words) {
    this.count += 1;
    if (this.entry === null) {
      this.entry = entry;
      this.words = words;
    }
  }
}

class EntryChecker {
  constructor(chain, first) {
    this.chain = chain;
    this.first = first;
    this.counts = new Map();
    this.notable = new Map();
    this.times = new Dated();
    this.byKey = new Map();
    this.begun = null;
    this.lastOne = null;
    this.here = null;
    this.order = new OrderChecker(chain);
    this.seen = new Map();
    this.attached = new Attached(chain);
    this.gaps = new GapChecker(chain);
    for (const name of ["form", "unknown", "context", "silence", "calm", "edge"]) {
      this[name] = new Finding();
    }
  }

  // The next entry; null: its bytes are no text.
  take(index, text) {
    try {
      if (text === null) throw new NotEvidence("it is not UTF-8 text");
      const entry = readEntry(text);
      this.counts.set(entry.type, (this.counts.get(entry.type) ?? 0) + 1);
      this.passed(index, entry);
      if (entry.type === "reading") this.takeReading(index, entry);
      else this.takeOther(index, entry);
    } catch (error) {
      if (!(error instanceof NotEvidence)) throw error;
      this.form.note(index, error.message);
    }
  }

  // Any entry's place in time.
  passed(index, entry) {
    this.lastOne = { index, time: entry.time, mono: entry.mono };
    this.begun ??= this.lastOne;
    this.here = this.chain.clock.placed(index, entry.time, entry.mono);
    for (const dated of [this.times, this.underKey(index)]) dated.take(this.here, entry.time);
  }

  underKey(index) {
    const number = Math.max(0, this.chain.keys.filter((key) => key.index <= index).length - 1);
    if (!this.byKey.has(number)) this.byKey.set(number, new Dated());
    return this.byKey.get(number);
  }

  // An entry before the run that says how the run is to be read.
  takeBefore(index, entry) {
    this.underKey(index).takeBefore(this.chain.clock.placed(index, entry.time, entry.mono), entry.time);
  }

  // An entry after the run that says how the run is to be read: made under some key as well.
  takeLater(index, entry) {
    this.underKey(index).take(this.chain.clock.placed(index, entry.time, entry.mono), entry.time);
  }

  takeOther(index, entry) {
    const { type } = entry;
    this.attached.take(index, entry.body);
    if (NOTABLE_TYPES.has(type)) {
      if (!this.notable.has(type)) this.notable.set(type, []);
      this.notable.get(type).push(index);
    }
    if (CONTEXT_TYPES.has(type) && !this.chain.entries.has(index)) {
      this.context.note(index, `the ${type} entry ${index} of the run is not in the context`);
    }
    if (type === "gap") this.takeGap(index, entry);
    else if (!KNOWN_TYPES.has(type)) this.unknown.note(index, type);
  }

  takeReading(index, entry) {
    const { body } = entry;
    const sensor = textAt(body, "sensor");
    const configuration = wholeAt(body, "cfg");
    const known = this.chain.sensors.get(configuration);
    if (known === undefined || configuration >= index || known.sensor !== sensor) {
      throw new NotEvidence(`it names entry ${configuration}, which does not configure its sensor`);
    }
    checkReading(index, body, known);
    this.order.take(index, entry, sensor, this.here);
    this.checkSilence(index, entry, sensor, known);
    this.gaps.reading(index, entry, sensor, configuration, this.here);
  }

  checkSilence(index, entry, sensor, known) {
    const boot = this.chain.clock.stretchAt(index)?.boot ?? "";
    const seen = this.seen.get(sensor);
    this.seen.set(sensor, { index, time: entry.time, mono: entry.mono, boot });
    if (seen === undefined) {
      this.firstOf(index, entry, sensor, known);
      return;
    }
    const sameBoot = seen.mono !== null && seen.boot === boot;
    if (sameBoot && entry.mono < seen.mono) {
      const back = seconds((seen.mono - entry.mono) * 1000n);
      this.order.wrong.note(index, `the clock that nobody sets runs back by ${back} within one start of the computer`);
    }
    const silent = sameBoot ? (entry.mono - seen.mono) * 1000n : entry.time - seen.time;
    this.hole(index, sensor, silent, known.interval);
  }

  takeGap(index, entry) {
    const { body } = entry;
    const sensor = textAt(body, "sensor");
    const start = nsOf(textAt(body, "from"));
    const end = nsOf(textAt(body, "to"));
    const told = { sensor, start, end, expected: wholeAt(body, "expected"), causes: listAt(body, "causes") };
    const seen = this.seen.get(sensor);
    if (seen !== undefined) this.hole(index, sensor, start - seen.time, 0n);
    else this.beforeGap(index, sensor, start);
    const until = this.gaps.gap(index, entry, told, this.here);
    this.seen.set(sensor, { index, time: until, mono: null, boot: "" });
  }

  // Before a sensor's first reading in the run it may have been silent since the run or it itself began.
  firstOf(index, entry, sensor, known) {
    const configured = this.chain.entries.get(entry.body.cfg);
    const own = { index: entry.body.cfg, time: configured.time, mono: configured.mono };
    const begun = own.index >= this.begun.index ? own : this.begun;
    const silent = lasted(this.chain.clock, begun, { index, time: entry.time, mono: entry.mono });
    if (silent > limitOf(known.interval)) {
      this.edge.note(index, `${sensor} said nothing in the first ${seconds(silent)}`);
    }
  }

  beforeGap(index, sensor, start) {
    const known = recordings(this.chain, index).find((one) => one.sensor === sensor);
    if (known === undefined) return;
    const begun = known.since.index >= this.begun.index ? known.since : this.begun;
    if (start - begun.time > limitOf(0n)) {
      this.edge.note(index, `${sensor} said nothing in the first ${seconds(start - begun.time)} before its first gap`);
    }
  }

  hole(index, sensor, silent, interval) {
    const three = 3n * interval;
    if (silent <= limitOf(interval)) return;
    const finding = silent > (LONGEST_CALM_NS > three ? LONGEST_CALM_NS : three) ? this.silence : this.calm;
    finding.note(index, `before it ${sensor} was silent for ${seconds(silent)}, and no gap says why`);
  }

  report(sheet) {
    const entries = [...this.counts.values()].reduce((sum, count) => sum + count, 0);
    const { form, unknown, silence, calm, edge } = this;
    const readings = count(this.counts.get("reading") ?? 0);
    sheet.found("entries", "Form of the entries", form, `${form.count} entries do not have their form.`,
      `All ${count(entries)} entries can be read in one way only, ${readings} are readings.`);
    if (unknown.count) {
      const words = `${count(unknown.count)} entries are of a type that this page does not know (${unknown.words}).`;
      sheet.notChecked("unknown", "Entries of other types", words);
    }
    const none = !this.counts.get("reading");
    this.order.report(sheet, none);
    if (this.begun) {
      for (const words of silentAtEnd(this.chain, this.begun, this.lastOne, this.seen)) {
        this.edge.note(this.lastOne.index, `${words}, up to the end of these entries`);
      }
    }
    const { wrong, open } = this.gaps;
    if (silence.count === 0 && wrong.count > 0) {
      const words = `${count(wrong.count)} gaps contradict the entries around them.`;
      sheet.found("completeness", "Completeness", wrong, words, "");
    } else if (silence.count === 0 && edge.count > 0) {
      const words = "Between the readings every silence is accounted for, but at an edge it is not " +
        `(${count(edge.count)} times): ${edge.words}. A gap is told when it ends, which may be outside these entries.`;
      sheet.notChecked("completeness", "Completeness", words);
    } else if (silence.count === 0 && calm.count > 0) {
      const words = "Every silence of more than an hour is accounted for, but not every shorter one: see “Short silences”.";
      sheet.notChecked("completeness", "Completeness", words);
    } else if (silence.count === 0 && none && !this.counts.get("gap")) {
      sheet.notChecked("completeness", "Completeness", NO_READING);
    } else {
      sheet.found("completeness", "Completeness", silence, `${count(silence.count)} silences are not accounted for.`,
        `Every silence is accounted for. Gaps told with their causes: ${count(this.counts.get("gap") ?? 0)}.`);
    }
    if (open.count) {
      const words = `${count(open.count)} gaps count readings by a clock that does not tell how long they were (first: ` +
        `entry ${open.entry}): ${open.words}.`;
      sheet.notChecked("gap_counts", "Readings that gaps count as missing", words);
    }
    if (calm.count) {
      const words = `${count(calm.count)} silences of at most an hour have no gap (first: entry ${calm.entry}). An ` +
        "instrument that speaks at a rate of its own may be calm for so long; the log does not say if it is.";
      sheet.notChecked("calm", "Short silences", words);
    }
  }
}

// How long a sensor of this interval may be silent without a gap.
function limitOf(interval) {
  const three = 3n * interval;
  return CALM_NS > three ? CALM_NS : three;
}

function checkReading(index, body, known) {
  if (wholeAt(body, "q") > 100) throw new NotEvidence("its quality is above 100");
  for (const [name, triple] of Object.entries(objectAt(body, "ch"))) {
    if (!known.channels.has(name)) throw new NotEvidence(`its configuration knows no channel ${name}`);
    if (!Array.isArray(triple) || triple.length !== 3 || !FLAGS.has(triple[2])) {
      throw new NotEvidence(`channel ${name} is not [raw, value, flag]`);
    }
    const kind = triple[2] === MISSING ? (value) => value === null : (value) => typeof value === "number";
    if (!kind(triple[0]) || !kind(triple[1])) throw new NotEvidence(`channel ${name} does not fit its flag`);
  }
  if (!Object.values(objectAt(body, "cal")).every(isWhole)) throw new NotEvidence("a calibration is no entry");
  for (const item of "re" in body ? listAt(body, "re") : []) {
    if (!Array.isArray(item) || item.length !== 3 || typeof item[1] !== "string" || !FLAGS.has(item[2])) {
      throw new NotEvidence("an item of re is not [index, channel, flag]");
    }
    if (!isWhole(item[0]) || item[0] >= index) {
      throw new NotEvidence("it settles a flag of an entry that does not come before it");
    }
  }
}

function seconds(ns) {
  return `${count(Math.round(Number(ns) / 1e9))} s`;
}

function count(number) {
  return number.toLocaleString("en");
}

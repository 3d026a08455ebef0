import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { evaluateTiming } from '../../src/delivery/fitting/timingEvaluation.js';
import {
  chainPrior,
  DEFAULT_WORKING_HOURS,
  defaultLevel,
  expectedShare,
  organisationLevel,
  weekModel,
} from '../../src/delivery/model/weekModel.js';
import { type ActiveHours, activeHours, poolActiveHours } from '../../src/learners/activeHours.js';
import { HOUR_MS } from '../../src/platform/zonedTime.js';

const FOLDER = process.env['WAYMARK_DATA'] ?? path.resolve('../shared/data');
const FILE = path.join(FOLDER, 'active-times/events.tsv.gz');
const PAST_SHARE = 0.7;
const LEAST_FUTURE_HOURS = 3;

/** The clock hours of one person, oldest first, as if their local clock showed UTC. */
interface Person {
  readonly isForFitting: boolean;
  readonly hoursMs: readonly number[];
  /** How far their clock is ahead of UTC, at the last hour that is past. */
  readonly offsetMs: number;
}

function readPeople(file: string): readonly Person[] {
  const hoursByPerson = new Map<string, Map<number, number>>();
  for (const line of gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n')) {
    const [person = '', iso = ''] = line.split('\t');
    const hours = hoursByPerson.get(person) ?? new Map<number, number>();
    hours.set(Date.parse(iso), Date.parse(`${iso.slice(0, 19)}Z`));
    hoursByPerson.set(person, hours);
  }
  return [...hoursByPerson].map(([person, hours]) => {
    const ordered = [...hours].sort((a, b) => a[0] - b[0]);
    const [instantMs, localMs] = ordered[Math.max(0, Math.floor(ordered.length * PAST_SHARE) - 1)] ?? [0, 0];
    return {
      isForFitting: Number.parseInt(person.slice(0, 8), 16) % 10 < 6,
      hoursMs: ordered.map(([, local]) => local),
      offsetMs: localMs - instantMs,
    };
  });
}

const weekOf = (hourStartsMs: readonly number[]): ActiveHours => {
  const nowMs = hourStartsMs.reduce((latest, ms) => Math.max(latest, ms), 0) + HOUR_MS;
  return activeHours({ hourStartsMs, zone: 'UTC', nowMs, observedSinceMs: null });
};
const cellOf = (localMs: number) => Math.floor(localMs / HOUR_MS + 3 * 24) % 168;
const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Mean of paired differences, and its standard error. */
function paired(a: readonly number[], b: readonly number[]): { readonly mean: number; readonly error: number } {
  const differences = a.map((x, i) => x - (b[i] ?? 0));
  const centre = mean(differences);
  const variance = mean(differences.map((d) => (d - centre) ** 2));
  return { mean: centre, error: Math.sqrt(variance / differences.length) };
}

/**
 * Bits per future active hour, one figure per person, of those who are not fitted on and have n hours in the first 70 %
 * of their time: each model sees the last n of them.
 */
function score(people: readonly Person[], n: number) {
  const pooled = poolActiveHours(people.filter((p) => p.isForFitting).map((p) => weekOf(p.hoursMs)));
  const chain = [organisationLevel(pooled), defaultLevel(DEFAULT_WORKING_HOURS)].filter((level) => level !== null);
  const nothing = weekOf([]);
  const bits = { organisation: [] as number[], rawOwn: [] as number[], full: [] as number[] };
  for (const { isForFitting, hoursMs } of people) {
    const split = Math.floor(hoursMs.length * PAST_SHARE);
    if (isForFitting || split < n || hoursMs.length - split < LEAST_FUTURE_HOURS) continue;
    const past = hoursMs.slice(split - n, split);
    const future = hoursMs.slice(split).map(cellOf);
    const bitsOf = (share: (cell: number) => number) => mean(future.map((cell) => -Math.log2(share(cell))));
    const organisation = weekModel(nothing, chainPrior(chain));
    const full = weekModel(weekOf(past), chainPrior(chain));
    const counts = past.map(cellOf).reduce((map, cell) => map.set(cell, (map.get(cell) ?? 0) + 1), new Map());
    bits.organisation.push(bitsOf((cell) => expectedShare(organisation, cell)));
    bits.full.push(bitsOf((cell) => expectedShare(full, cell)));
    // The histogram itself gives an hour never seen no chance at all: one hour's worth of "any time" goes on top.
    bits.rawOwn.push(bitsOf((cell) => ((counts.get(cell) ?? 0) + 1 / 168) / (n + 1)));
  }
  return bits;
}

describe('predicting real active hours', () => {
  if (!existsSync(FILE)) {
    it('needs the research data', ({ skip }) =>
      skip(`${FILE} is not there: set WAYMARK_DATA to the folder that holds it`));
    return;
  }
  const people = readPeople(FILE);

  for (const n of [10, 20]) {
    it(`beats the person alone and the organisation alone after ${n} active hours`, () => {
      const { organisation, rawOwn, full } = score(people, n);
      expect(full.length).toBeGreaterThan(100);
      const overOrganisation = paired(full, organisation);
      const overRawOwn = paired(full, rawOwn);
      expect(overOrganisation.mean + 2 * overOrganisation.error).toBeLessThan(0);
      expect(overRawOwn.mean + 2 * overRawOwn.error).toBeLessThan(-1);
      expect(mean(full)).toBeLessThan(mean(organisation) - 0.08);
    });
  }

  it('never does worse than the organisation, from the first active hour on', () => {
    for (const n of [1, 2, 5]) {
      const { organisation, full } = score(people, n);
      const { mean: difference, error } = paired(full, organisation);
      expect(difference + 2 * error).toBeLessThan(0);
    }
  });

  it('gains from people of the same rhythm and place, and never loses by them', () => {
    const timed = people.map(({ hoursMs, offsetMs }, i) => ({
      id: String(i).padStart(6, '0'),
      department: null,
      location: String(offsetMs),
      history: hoursMs.map((localMs) => ({
        startMs: localMs - offsetMs,
        cell: cellOf(localMs),
        localDay: Math.floor(localMs / (24 * HOUR_MS)),
        weight: 1,
      })),
    }));
    const report = evaluateTiming(timed, { seed: 1, splits: 2, hoursOfDay: false, now: new Date(0) });
    for (const { hours, fullLess } of report?.levels ?? []) {
      const { bits } = fullLess.ownAndOrganisation;
      expect(bits?.low).toBeLessThan(0);
      if (hours !== null && hours >= 1 && hours <= 20) expect(bits?.mean).toBeLessThan(-0.005);
    }
    expect(report?.levels.length).toBe(9);
  }, 240_000);

  it('is the organisation when nothing is known of the person', () => {
    const { organisation, full } = score(people, 0);
    expect(full).toEqual(organisation);
  });
});

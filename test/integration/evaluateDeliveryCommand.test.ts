import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateDelivery } from '../../src/cli/evaluateDelivery.js';
import type { SampleSources } from '../../src/delivery/fitting/sampledPeople.js';
import { TIMING_MODELS } from '../../src/delivery/fitting/timingEvaluation.js';
import { DAY_MS, HOUR_MS } from '../../src/platform/zonedTime.js';
import { openTestApp } from '../support/testApp.js';

const MONDAY_MS = Date.parse('2025-01-06T00:00:00Z');
const NOW = new Date('2025-03-03T12:00:00Z');
const QUIET = { write: () => true };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waymark-evaluate-delivery-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Early people are active at 8 on weekdays, late ones at 16, by their own clocks: eight weeks of them. */
const hoursOf = (person: number): readonly number[] =>
  Array.from({ length: 40 }, (_, i) => {
    const dayMs = MONDAY_MS + (Math.floor(i / 5) * 7 + (i % 5)) * DAY_MS;
    return dayMs + (person % 2 === 0 ? 8 : 16) * HOUR_MS + (person % 3) * 60_000;
  });

const lineOf = (person: number, localMs: number, offset: string): string =>
  `p${person}\t${new Date(localMs).toISOString().slice(0, 19)}${offset}`;

async function evaluate(values: { events?: string; json?: string; svg?: string }, sources?: SampleSources) {
  const printed: string[] = [];
  const stdout = { write: (text: string) => printed.push(text) };
  const report = await evaluateDelivery(
    { 'hours-of-day': false, splits: '1', seed: '1', ...values },
    {
      stdout,
      stderr: QUIET,
      now: NOW,
      withService: (use) => {
        if (sources === undefined) throw new Error('The service was not to be asked');
        return use(sources);
      },
    },
  );
  return { report, printed: printed.join('') };
}

describe('waymark evaluate-delivery', () => {
  it('reads a file of local times, packed or not, prints its figures and writes them with a picture', async () => {
    const offsets = ['+01:00', 'Z', '-0500'];
    const lines = Array.from({ length: 60 }, (_, p) =>
      hoursOf(p).flatMap((ms) => [
        lineOf(p, ms, offsets[p % 3] as string),
        // The same hour again.
        lineOf(p, ms + 10 * 60_000, offsets[p % 3] as string),
      ]),
    ).flat();
    const [plain, packed] = [join(folder, 'times.tsv'), join(folder, 'times.tsv.gz')];
    writeFileSync(plain, `${lines.join('\n')}\n`);
    writeFileSync(packed, gzipSync(`${lines.join('\n')}\n`));
    const [json, svg] = [join(folder, 'out.json'), join(folder, 'out.svg')];
    const { report, printed } = await evaluate({ events: plain, json, svg });
    expect(report).toMatchObject({ people: 60, activeHours: 60 * 40 });
    const known = report.levels.find(({ hours }) => hours === 20);
    for (const model of TIMING_MODELS) expect(known?.models[model].bits?.mean).toBeGreaterThan(0);
    const bitsOf = (model: (typeof TIMING_MODELS)[number]) => known?.models[model].bits?.mean ?? Number.NaN;
    // Nobody's clock shows UTC alike, and nobody keeps both hours: local beats UTC, and own hours beat the organisation's.
    expect(bitsOf('organisationLocal')).toBeLessThan(bitsOf('organisationUtc') - 0.5);
    expect(bitsOf('full')).toBeLessThan(bitsOf('organisationLocal') - 0.3);
    expect(printed).toContain('60');
    expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual(JSON.parse(JSON.stringify(report)));
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    expect((await evaluate({ events: packed })).report).toEqual(report);
  });

  it.each([
    ['without an offset', 'p1\t2025-01-06T08:00:00', /line 2.*no instant/],
    ['on a day that there never was', 'p1\t2025-02-30T08:00:00Z', /line 2.*no instant/],
    ['with an offset that no zone has', 'p1\t2025-01-06T08:00:00+99:99', /line 2.*no instant/],
    ['without a person', '\t2025-01-06T08:00:00Z', /line 2.*person/],
    ['with too many columns', 'p1\t2025-01-06T08:00:00Z\tx', /line 2.*person/],
  ])('refuses a time %s, naming file and line', async (_, line, message) => {
    const path = join(folder, 'bad.tsv');
    writeFileSync(path, `p0\t2025-01-06T08:00:00Z\n${line}\n`);
    await expect(evaluate({ events: path })).rejects.toThrow(message);
  });

  it('says so when there is nobody to learn from, and does not overwrite what it reads', async () => {
    const path = join(folder, 'few.tsv');
    writeFileSync(path, 'p0\t2025-01-06T08:00:00Z\n');
    await expect(evaluate({ events: path })).rejects.toThrow('too few people');
    await expect(evaluate({ events: path, json: path })).rejects.toThrow('is read');
  });

  it("measures the service's own data, with departments and locations", async () => {
    const service = await openTestApp('embedded', { now: NOW });
    try {
      const learners = Array.from({ length: 40 }, (_, p) => ({
        id: `p${p}`,
        timezone: 'UTC',
        department: p % 2 === 0 ? 'Early' : 'Late',
      }));
      await service.app.learners.upsertLearners(learners.map((one) => ({ ...LEARNER, ...one })));
      await service.sql(
        `INSERT INTO learner_active_hour (learner_id, hour_start)
         SELECT * FROM unnest($1::text[], $2::timestamptz[])`,
        [
          learners.flatMap(({ id }, p) => hoursOf(p).map(() => id)),
          learners.flatMap((_, p) => hoursOf(p).map((ms) => new Date(Math.floor(ms / HOUR_MS) * HOUR_MS))),
        ],
      );
      const { report } = await evaluate(
        {},
        {
          learners: service.app.learners,
          outcomes: service.app.outcomes,
          defaultTimezone: 'UTC',
        },
      );
      expect(report).toMatchObject({ people: 40, activeHours: 40 * 40 });
      // Nothing is known of the person but the department, which tells early from late.
      const unknown = report.levels.find(({ hours }) => hours === 0)?.models;
      expect(unknown?.full.bits?.mean).toBeLessThan((unknown?.ownAndOrganisation.bits?.mean ?? 0) - 0.2);
    } finally {
      await service.close();
    }
  });
});

const LEARNER = {
  languages: [],
  location: null,
  roleId: null,
  targetRoleId: null,
  managerId: null,
  hiredOn: null,
  workPattern: null,
  quietHours: null,
  active: true,
  personalisationOptOut: false,
};

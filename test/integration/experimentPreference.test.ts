import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { aCourse, aLearner, anInteraction } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 240_000 });

const DAY_MS = 86_400_000;
const CREATE = `mutation ($id: ID!, $experiment: ExperimentInput!) {
  createExperiment(id: $id, experiment: $experiment, reason: "A test") { userErrors { message } } }`;
const START = `mutation ($id: ID!) {
  startExperiment(id: $id, expectedVersion: 1, reason: "A test") { userErrors { message } } }`;
const PREFERENCE = `query ($id: ID!) { experimentPreference(experimentId: $id) {
  controlId challengerId decided ties verdict challengerShare { estimate low high } } }`;

interface Preference {
  readonly decided: number | null;
  readonly ties: number | null;
  readonly verdict: string;
  readonly challengerShare: { readonly estimate: number; readonly low: number; readonly high: number } | null;
}

const anExperiment = (mode: string, departments: readonly string[]) => ({
  ...{ name: 'Without tastes', hypothesis: 'People like it', owner: 'L&D', mode, audience: { departments } },
  variants: [
    { id: 'control', name: 'As it is', isControl: true },
    { id: 'tasteless', name: 'No tastes', policy: { strengths: [{ signal: 'COLLABORATIVE', strength: 0 }] } },
  ],
  ...{ primaryMetric: 'CLICK_RATE', minimumPeoplePerVariant: 100, minimumDays: 7 },
});

describeOnBothDatabases('the preference of an experiment', (kind) => {
  let service: TestApp;
  const courses = Array.from({ length: 8 }, () => aCourse());
  const learners = Array.from({ length: 140 }, () => aLearner({ department: 'Sales' }));

  const preference = async (id: string) =>
    (await service.ask<{ experimentPreference: Preference }>(PREFERENCE, { id })).experimentPreference;
  const refusal = async (id: string) => {
    const { errors } = await service.post(PREFERENCE, { id });
    return `${errors[0]?.extensions.code}: ${errors[0]?.message}`;
  };

  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, { courses, learners });
    for (const [id, mode, departments] of [
      ['drawn', 'INTERLEAVED', []],
      ['draft', 'INTERLEAVED', ['Ops']],
      ['split', 'SPLIT', ['Ops']],
    ] as const) {
      await service.ask(CREATE, { id, experiment: anExperiment(mode, departments) });
    }
    await service.ask(START, { id: 'drawn' });
    const ids = learners.map(({ id }) => id);
    for (let start = 0; start < ids.length; start += 50) {
      await service.app.recommendations.recommend(ids.slice(start, start + 50), 5, 'HOME');
    }
    const lists = await service.sql<{ id: string; learner: string; teams: string; courses: readonly string[] }>(
      `SELECT l.id, l.learner_id AS learner, l.teams, l.course_ids AS courses FROM served_list l ORDER BY l.learner_id`,
    );
    expect(lists).toHaveLength(140);
    // Three quarters click twice on the challenger's places and once on the control's, the others on one of each.
    const interactions = lists.flatMap(({ id, learner, teams, courses: shown }, i) => {
      const given = (letter: string) => shown.filter((_, place) => teams[place] === letter);
      const clicked = [...given('T').slice(0, i % 4 === 3 ? 1 : 2), ...given('C').slice(0, 1)];
      return clicked.map((courseId) =>
        anInteraction({
          ...{ learnerId: learner, courseId, verb: 'CLICKED', servedListId: id },
          at: new Date(NOON.getTime() + 60_000),
        }),
      );
    });
    service.now = new Date(NOON.getTime() + DAY_MS);
    await store(service, { interactions });
  });
  afterAll(() => service.close());

  test('has a figure from the first day, and a verdict when it has run for as long as it was to', async () => {
    const early = await preference('drawn');
    expect(early).toMatchObject({ controlId: 'control', challengerId: 'tasteless', decided: 105, ties: 35 });
    expect(early.challengerShare?.estimate).toBe(1);
    expect(early.verdict).toBe('CANNOT_TELL');
    service.now = new Date(NOON.getTime() + 8 * DAY_MS);
    expect((await preference('drawn')).verdict).toBe('CHALLENGER');
  });

  test('is refused where nobody could have one', async () => {
    expect(await refusal('none')).toMatch(/^NOT_FOUND/);
    expect(await refusal('draft')).toMatch(/^BAD_USER_INPUT: .*has not begun/);
    expect(await refusal('split')).toMatch(/^BAD_USER_INPUT: .*`impact`/);
  });
});

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { MembersStore } from '../../src/campaigns/members.store.js';
import { INTERLEAVED } from '../../src/experiments/experiment.js';
import { ExperimentsStore } from '../../src/experiments/experiments.store.js';
import { KpisStore } from '../../src/goals/kpis/kpis.store.js';
import { SurveysStore } from '../../src/goals/surveys/surveys.store.js';
import { ImpactStore } from '../../src/insights/impact/impact.store.js';
import { PreferenceStore } from '../../src/insights/impact/preference/preference.store.js';
import { aCourse, aLearner } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 240_000 });

const RESTRICT = `mutation ($restricted: Boolean!) {
  restrictLearner(learnerId: "one more", restricted: $restricted, reason: "Case 7") { userErrors { code } } }`;

describeOnBothDatabases('what is told of many', (kind) => {
  let service: TestApp;
  const course = aCourse();

  /** What these people did, of every kind that somebody is told of. */
  const did = async (ids: readonly string[]) => {
    for (const statement of [
      `INSERT INTO survey_answer (source, event_id, learner_id, course_id, question_id, at, score, comment, received_at)
       SELECT 'test', who.id, who.id, who.course, 'q', who.at, length(who.id)::float8 / 10, 'I am ' || who.id, who.at`,
      `INSERT INTO kpi_observation (source, event_id, kpi_id, subject_kind, learner_id, from_day, until_day, value, received_at)
       SELECT 'test', who.id, 'k', 'LEARNER', who.id, who.at::date - 7, who.at::date, length(who.id), who.at`,
      `INSERT INTO experiment_exposure (experiment_id, learner_id, variant_id, unit_id, first_exposed_at, last_exposed_at,
         exposure_count)
       SELECT 'e', who.id, '${INTERLEAVED}', who.id, who.at, who.at, 1`,
      `INSERT INTO served_list (id, learner_id, surface, strategy, created_at, course_ids, scores, variant, teams)
       SELECT 'list of ' || who.id, who.id, 'HOME', 'POPULAR', who.at, ARRAY[who.course], '{1}', 'e/${INTERLEAVED}', 'A'`,
      `INSERT INTO interaction (source, event_id, learner_id, course_id, verb, at, received_at, served_list_id)
       SELECT 'test', who.id, who.id, who.course, 'CLICKED', who.at, who.at, 'list of ' || who.id`,
      `INSERT INTO campaign_member (campaign_id, learner_id, is_held_out, enrolled_at, next_look_at)
       SELECT 'c', who.id, false, who.at, who.at`,
      `INSERT INTO campaign_step (campaign_id, learner_id, step, course_id, suggestion_id, planned_at, starts_at, ends_at,
         expires_at)
       SELECT 'c', who.id, 1, who.course, who.id, who.at, who.at, who.at, who.at`,
    ]) {
      await service.sql(
        `${statement} FROM (SELECT one.id, $2::timestamptz AS at, $3::text AS course FROM unnest($1::text[]) AS one (id)) who`,
        [ids, NOON, course.id],
      );
    }
  };

  const told = async () => {
    const { dataSource } = service.app.database;
    const [since, until] = [new Date(0), new Date(NOON.getTime() + 1)];
    const [surveys, kpis] = [new SurveysStore(dataSource), new KpisStore(dataSource)];
    const [preference, impact] = [new PreferenceStore(dataSource), new ImpactStore(dataSource)];
    const members = new MembersStore(dataSource);
    return {
      answers: await surveys.meanOf('q', null, since, until),
      comments: (await surveys.commentsOf('q', null, since, until, 100)).map(({ comment }) => comment).sort(),
      figures: await kpis.learnerFigures('k', { fromDay: '2025-01-01', untilDay: '2025-12-31' }),
      preferring: await preference.people('e'),
      clicked: await preference.clickedLists('e', until),
      exposures: await new ExperimentsStore(dataSource).exposures('e'),
      exposed: await impact.exposed('e'),
      members: await impact.members('c'),
      tally: await members.tallyMembers('c'),
      steps: await members.tallySteps('c', 'UTC'),
    };
  };

  beforeAll(async () => {
    service = await openTestApp(kind);
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    await store(service, { courses: [course], learners: [...ids, 'one more'].map((id) => aLearner({ id })) });
    await service.sql(`INSERT INTO kpi (id, name, unit, direction, kind, level)
      VALUES ('k', 'K', 'x', 'HIGHER_IS_BETTER', 'PERFORMANCE', 4)`);
    await service.sql(
      `INSERT INTO experiment (id, status, version, salt, definition, created_by, created_at, edited_by, reason)
       VALUES ('e', 'RUNNING', 1, 's', '{}', 'key test', $1, 'key test', 'A test')`,
      [NOON],
    );
    await service.sql(
      `INSERT INTO campaign (id, state, version, content, created_by, created_at)
       VALUES ('c', 'RUNNING', 1, '{}', 'key test', $1)`,
      [NOON],
    );
    await did(ids);
  });
  afterAll(() => service.close());

  test('is of nobody whose data is restricted, in every figure that they would change', async () => {
    const without = await told();
    await did(['one more']);
    const withThem = await told();
    for (const name of Object.keys(without) as (keyof typeof without)[]) {
      expect(withThem[name], name).not.toEqual(without[name]);
    }
    await service.ask(RESTRICT, { restricted: true });
    expect(await told()).toEqual(without);
    await service.ask(RESTRICT, { restricted: false });
    expect(await told()).toEqual(withThem);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { aCourse, aLearner, anInteraction } from '../builders.js';
import { startChildService } from '../childService.js';
import { INGESTION, store } from '../ingest.js';
import type { PostgresCluster } from '../postgresCluster.js';

export interface FreezeReport {
  /** While the server was frozen. */
  readonly calls: number;
  /** Lists that came all the same, made of what is in memory. */
  readonly degradedLists: number;
  /** Answers that should not be: an event acknowledged, or a list that was said to be recorded. */
  readonly wrong: number;
  readonly callMs: readonly number[];
  /** From each thaw until both a list and an event were as usual. */
  readonly usualAfterMs: readonly number[];
}

const FROZEN_MS = 8_000;
const CALLERS = 8;
const USUAL_WITHIN_MS = 30_000;
const LIST = 'query ($id: ID!) { recommendations(learnerId: $id, first: 5) { degraded servedListId } }';

/** Holds the processes of the server still again and again, while callers ask for lists and send events all the time. */
export async function runFreezes(cluster: PostgresCluster, rounds: number): Promise<FreezeReport> {
  const service = await startChildService({ env: { DATABASE_URL: await cluster.createDatabase() }, key: null });
  const [courses, learner] = [Array.from({ length: 20 }, () => aCourse()), aLearner()];
  await store(service, { courses, learners: [learner] });
  const row = () => anInteraction({ learnerId: learner.id, courseId: courses[0]?.id ?? '', verb: 'VIEWED' });
  const list = async () => {
    const { data } = await service.post(LIST, { id: learner.id });
    return (data?.['recommendations'] ?? null) as { degraded: boolean; servedListId: string | null } | null;
  };
  const isStored = async () => (await service.post(INGESTION.recordActivity, { rows: [row()] })).data !== null;
  const report = { calls: 0, degradedLists: 0, wrong: 0, callMs: [] as number[], usualAfterMs: [] as number[] };
  const timed = async <T>(asked: Promise<T>): Promise<T> => {
    const startedAtMs = performance.now();
    const answer = await asked;
    report.calls += 1;
    report.callMs.push(performance.now() - startedAtMs);
    return answer;
  };
  const caller = async (place: number, isOver: () => boolean) => {
    while (!isOver()) {
      if (place % 2 === 0) {
        const found = await timed(list());
        if (found?.degraded === true) report.degradedLists += 1;
        if (found !== null && found.degraded !== (found.servedListId === null)) report.wrong += 1;
      } else if (await timed(isStored())) report.wrong += 1;
      await sleep(20);
    }
  };
  try {
    for (let round = 0; round < rounds; round += 1) {
      let isOver = false;
      cluster.freeze();
      const callers = Array.from({ length: CALLERS }, (_, place) => caller(place, () => isOver));
      await sleep(FROZEN_MS);
      isOver = true;
      await Promise.all(callers);
      const thawedAtMs = performance.now();
      cluster.thaw();
      while ((await list())?.degraded !== false || !(await isStored())) {
        if (performance.now() - thawedAtMs > USUAL_WITHIN_MS) throw new Error('The service did not recover.');
        await sleep(20);
      }
      report.usualAfterMs.push(performance.now() - thawedAtMs);
      await sleep(500);
    }
  } finally {
    cluster.thaw();
    await service.kill('SIGKILL');
  }
  return report;
}

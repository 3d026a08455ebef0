import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../../src/stats/random.js';
import type { ChildService } from '../childService.js';
import { INGESTION, type IngestionResult } from '../ingest.js';

/** Rows of one call, sent again until they are acknowledged, as a portal does. */
interface Batch {
  readonly rows: readonly { readonly eventId: string }[];
}

export interface SenderOptions {
  readonly learnerIds: readonly string[];
  readonly courseIds: readonly string[];
  readonly rowsPerBatch: number;
  readonly random: Random;
}

const VERBS = ['VIEWED', 'STARTED', 'PROGRESSED', 'COMPLETED', 'SAVED'] as const;
const CONNECTIONS = 3;
const FIRST_DAY_MS = Date.UTC(2025, 0, 1);
const MINUTES_OF_A_YEAR = 525_600;

/** Sends made-up activity, and keeps book of what was acknowledged over any number of kills of the service. */
export class EventSender {
  /** Of every event that the service said is stored. */
  readonly acknowledgedIds = new Set<string>();
  /** Calls that broke off or were refused, and were sent again. */
  unanswered = 0;
  /** Rows of such calls that turned out to be stored already: nothing was lost, only the answer. */
  storedUnanswered = 0;
  /** Refusals of single rows, of which there should be none. */
  readonly problems: string[] = [];
  #made = 0;
  #open: Batch[] = [];
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Sends until so many events more are acknowledged, or the service is gone. */
  async send(service: Pick<ChildService, 'post'>, events: number, isGone: () => boolean): Promise<void> {
    const goal = this.acknowledgedIds.size + events;
    const isDone = () => isGone() || this.acknowledgedIds.size >= goal;
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        while (!isDone()) await this.#sendOne(service);
      }),
    );
  }

  /** Sends what no answer came for until all of it is acknowledged. */
  async settle(service: Pick<ChildService, 'post'>): Promise<void> {
    while (this.#open.length > 0) await this.#sendOne(service);
  }

  async #sendOne(service: Pick<ChildService, 'post'>): Promise<void> {
    const again = this.#open.shift();
    const batch = again ?? this.#newBatch();
    const answer = await service.post(INGESTION.recordActivity, { rows: batch.rows }).catch(() => null);
    const result = answer?.data?.['recordActivity'] as IngestionResult | undefined;
    if (result === undefined) {
      const refusal = answer?.errors.find(({ extensions }) => extensions.code !== 'UNAVAILABLE');
      if (refusal !== undefined) throw new Error(`A batch was refused: ${JSON.stringify(refusal)}`);
      this.#open.push(batch);
      this.unanswered += 1;
      await sleep(20);
      return;
    }
    const duplicates = result.duplicateCount ?? 0;
    if (result.userErrors.length > 0 || result.storedCount + duplicates !== batch.rows.length) {
      this.problems.push(JSON.stringify(result));
    }
    if (again === undefined && duplicates > 0) this.problems.push(`${duplicates} rows of a new batch were known`);
    this.storedUnanswered += duplicates;
    for (const { eventId } of batch.rows) this.acknowledgedIds.add(eventId);
  }

  #newBatch(): Batch {
    const { learnerIds, courseIds, rowsPerBatch, random } = this.#options;
    const oneOf = <T>(values: readonly T[]): T => values[random.below(values.length)] as T;
    const rows = Array.from({ length: rowsPerBatch }, () => {
      this.#made += 1;
      const verb = oneOf(VERBS);
      return {
        source: 'faults',
        eventId: `e-${this.#made}`,
        learnerId: oneOf(learnerIds),
        courseId: oneOf(courseIds),
        verb,
        at: new Date(FIRST_DAY_MS + random.below(MINUTES_OF_A_YEAR) * 60_000),
        device: oneOf(['DESKTOP', 'MOBILE'] as const),
        durationSeconds: 30 + random.below(3_000),
        ...(verb === 'PROGRESSED' ? { progress: random.below(101) / 100 } : {}),
      };
    });
    return { rows };
  }
}

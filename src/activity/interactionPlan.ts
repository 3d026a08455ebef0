import { checkCourse, checkLearner, checkPast } from '../learners/learnerPlan.js';
import type { Channel, Device, DismissReason, Verb } from '../learners/profileEvent.js';
import type { RowError } from '../platform/errors.js';
import { isGiven, type Optional, RowChecks } from '../platform/rowChecks.js';
import { type Interaction, OWN_SOURCE } from './interaction.js';

export interface InteractionInput {
  readonly source: string;
  readonly eventId: string;
  readonly learnerId: string;
  readonly courseId?: Optional<string>;
  readonly verb: Verb;
  readonly at: Date;
  readonly device?: Optional<Device>;
  readonly channel?: Optional<Channel>;
  readonly durationSeconds?: Optional<number>;
  readonly progress?: Optional<number>;
  readonly score?: Optional<number>;
  readonly query?: Optional<string>;
  readonly resultCount?: Optional<number>;
  readonly page?: Optional<string>;
  readonly servedListId?: Optional<string>;
  readonly reason?: Optional<DismissReason>;
}

/** An interaction with the place of its row in the batch. */
export interface Placed {
  readonly index: number;
  readonly interaction: Interaction;
}

export interface ActivityPlan {
  readonly accepted: readonly Placed[];
  /** Rows that say again what an accepted row of the same batch says. */
  readonly repeatCount: number;
  readonly errors: readonly RowError[];
}

const WITHOUT_COURSE: ReadonlySet<Verb> = new Set(['SEARCHED', 'VISITED']);
const MAX_QUERY = 500;
const MAX_PAGE = 2_000;
const MAX_SECONDS = 60 * 60 * 24 * 31;

/**
 * What a batch of activity would store, decided without a database.
 *
 * @param isOwn whether this service made the rows: nobody else may speak as `OWN_SOURCE`
 */
export function planActivity(
  rows: readonly InteractionInput[],
  learnerIds: ReadonlySet<string>,
  courseIds: ReadonlySet<string>,
  now: Date,
  isOwn: boolean,
): ActivityPlan {
  const accepted = new Map<string, Placed>();
  const errors: RowError[] = [];
  let repeatCount = 0;
  rows.forEach((row, index) => {
    const check = new RowChecks(index);
    checkInteraction(check, row, learnerIds, courseIds, now);
    if (!isOwn && row.source === OWN_SOURCE) {
      const message = `source "${OWN_SOURCE}" is kept for what learners tell this service itself; name your own system`;
      check.fail('INVALID_VALUE', message, 'source');
    }
    const interaction = interactionOf(row);
    const key = eventKey(interaction);
    const earlier = accepted.get(key);
    if (check.passed && earlier !== undefined) {
      if (isSameEvent(earlier.interaction, interaction)) repeatCount += 1;
      else check.fail('CONFLICT', conflictMessage(interaction, `row ${earlier.index} of this batch`), 'eventId');
    } else if (check.passed) {
      accepted.set(key, { index, interaction });
    }
    errors.push(...check.errors);
  });
  return { accepted: [...accepted.values()], repeatCount, errors };
}

/** The error of a row whose id is already taken by an interaction that says something else. */
export function conflictOf(row: Placed): RowError {
  return {
    index: row.index,
    code: 'CONFLICT',
    message: conflictMessage(row.interaction, 'what is stored'),
    path: ['eventId'],
  };
}

export function eventKey({ source, eventId }: { readonly source: string; readonly eventId: string }): string {
  return `${source}\0${eventId}`; // no text holds a zero
}

/** Equal in everything that a sender says. */
export function isSameEvent(a: Interaction, b: Interaction): boolean {
  return (
    a.learnerId === b.learnerId &&
    a.courseId === b.courseId &&
    a.verb === b.verb &&
    a.at.getTime() === b.at.getTime() &&
    a.device === b.device &&
    a.channel === b.channel &&
    a.durationSeconds === b.durationSeconds &&
    a.progress === b.progress &&
    a.score === b.score &&
    a.query === b.query &&
    a.resultCount === b.resultCount &&
    a.page === b.page &&
    a.servedListId === b.servedListId &&
    a.reason === b.reason
  );
}

function conflictMessage({ source, eventId }: Interaction, other: string): string {
  return `Event "${eventId}" of source "${source}" differs from ${other}, which stays; give a new event a new eventId`;
}

function checkInteraction(
  check: RowChecks,
  row: InteractionInput,
  learnerIds: ReadonlySet<string>,
  courseIds: ReadonlySet<string>,
  now: Date,
): void {
  check.id(row.source, 'source');
  check.id(row.eventId, 'eventId');
  checkLearner(check, row.learnerId, learnerIds);
  if (isGiven(row.courseId)) checkCourse(check, row.courseId, courseIds);
  else if (!WITHOUT_COURSE.has(row.verb)) {
    check.fail('INVALID_VALUE', `courseId is needed for ${row.verb}`, 'courseId');
  }
  checkPast(check, row.at, now, 'at');
  check.number(row.durationSeconds, 0, MAX_SECONDS, 'durationSeconds');
  check.number(row.progress, 0, 1, 'progress');
  check.number(row.score, -1, 1, 'score');
  check.text(row.query, MAX_QUERY, 'query');
  check.whole(row.resultCount, 0, 1_000_000_000, 'resultCount');
  check.text(row.page, MAX_PAGE, 'page');
  check.id(row.servedListId, 'servedListId');
  if (row.verb === 'SEARCHED' && !isGiven(row.query))
    check.fail('INVALID_VALUE', 'query is needed for SEARCHED', 'query');
  if (row.verb === 'VISITED' && !isGiven(row.page)) check.fail('INVALID_VALUE', 'page is needed for VISITED', 'page');
  if (row.verb === 'PROGRESSED' && typeof row.progress !== 'number') {
    check.fail('INVALID_VALUE', 'progress (0–1) is needed for PROGRESSED', 'progress');
  }
  if (isGiven(row.reason) && row.verb !== 'DISMISSED') {
    check.fail('INVALID_VALUE', 'reason goes with DISMISSED only', 'reason');
  }
  if (row.verb === 'RATED' && typeof row.score !== 'number') {
    check.fail('INVALID_VALUE', 'score (−1 to 1) is needed for RATED', 'score');
  }
}

function interactionOf(row: InteractionInput): Interaction {
  return {
    source: row.source,
    eventId: row.eventId,
    learnerId: row.learnerId,
    courseId: row.courseId ?? null,
    verb: row.verb,
    at: row.at,
    device: row.device ?? null,
    channel: row.channel ?? null,
    durationSeconds: row.durationSeconds ?? null,
    progress: row.progress ?? null,
    score: row.score ?? null,
    query: row.query ?? null,
    resultCount: row.resultCount ?? null,
    page: row.page ?? null,
    servedListId: row.servedListId ?? null,
    reason: row.reason ?? null,
  };
}

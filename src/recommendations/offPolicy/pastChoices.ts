import type { LearnerState } from '../../learners/learners.service.js';
import type { ProfileEvent, Verb } from '../../learners/profileEvent.js';
import { grouped } from '../../platform/grouped.js';
import { DAY_MS } from '../../platform/zonedTime.js';
import { stateAsOf } from '../fitting/rankingCase.js';
import { placesOf } from '../pipeline/servedList.js';
import type { LoggedList } from './loggedLists.store.js';
import { loggedPage } from './loggedPage.js';
import { MOST_REWARD, type OffPolicyOutcome } from './offPolicyResult.js';
import type { LoggedChoice } from './replay.js';

/** What counts as having come of a list, and for how long after it was shown. */
export interface Reward {
  readonly outcome: OffPolicyOutcome;
  readonly withinDays: number;
}

/** A list and what came of it, before searches are answered. */
export type PastChoice = Omit<LoggedChoice, 'searches'>;

const VERBS_OF: Readonly<Record<OffPolicyOutcome, ReadonlySet<Verb>>> = {
  CLICKED: new Set(['CLICKED']),
  STARTED: new Set(['STARTED', 'PROGRESSED', 'COMPLETED', 'PASSED']),
  COMPLETED: new Set(['COMPLETED', 'PASSED']),
};

/**
 * Lists with their learners as they were known then, in order; those of learners nobody knows any more, and those without a
 * page that could be weighed, are left out. Yields after each list: what was known of somebody takes a millisecond or so.
 *
 * @param states the learners as they are known by now
 * @param events all that is logged of them
 */
export function* pastChoices(
  lists: readonly LoggedList[],
  states: readonly LearnerState[],
  events: readonly ProfileEvent[],
  reward: Reward,
): Generator<void, readonly PastChoice[]> {
  const eventsById = grouped(events, ({ learnerId }) => learnerId);
  const stateById = new Map(states.map((state) => [state.learnerId, state]));
  const choices: PastChoice[] = [];
  for (const list of lists) {
    const now = stateById.get(list.learnerId);
    const page = loggedPage(placesOf(list), list.shown);
    if (now !== undefined && page !== null) {
      const own = eventsById.get(list.learnerId) ?? [];
      const shown = { ...list, courseIds: page.shownIds };
      const state = stateAsOf(now, own, list.createdAt);
      choices.push({ at: list.createdAt, state, page, reward: rewardOf(shown, own, reward) });
    }
    yield;
  }
  return choices;
}

/** With how many of the courses shown the learner did something in time, up to as many as count. */
function rewardOf(
  { id, courseIds, createdAt }: Pick<LoggedList, 'id' | 'courseIds' | 'createdAt'>,
  events: readonly ProfileEvent[],
  { outcome, withinDays }: Reward,
): number {
  const until = createdAt.getTime() + withinDays * DAY_MS;
  const done = events.filter(
    ({ verb, at, servedListId }) =>
      VERBS_OF[outcome].has(verb) &&
      at >= createdAt &&
      at.getTime() < until &&
      (outcome !== 'CLICKED' || servedListId === id),
  );
  const shown = new Set(courseIds);
  const touched = done.flatMap(({ courseId }) => (courseId !== null && shown.has(courseId) ? [courseId] : []));
  return Math.min(MOST_REWARD, new Set(touched).size);
}

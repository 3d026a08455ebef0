import { randomUUID } from 'node:crypto';
import type { Exposure } from '../experiments/exposure.js';
import { exposureOf, variantLabel } from '../experiments/runningExperiments.js';
import type { Surface } from '../rules/model/surface.js';
import type { Feed } from './feed/feed.js';
import type { GatheredInputs } from './inputGatherer.js';
import { interleaveLists } from './pipeline/interleavedList.js';
import {
  type ListedCourse,
  type RankedCourse,
  type RecommendedCourse,
  type RecommendedList,
  recommend,
} from './pipeline/pipeline.js';
import { type ServedListFacts, type ShownItem, type StoredList, servedListRow } from './pipeline/servedList.js';

// Lists and feeds as they are written down: what was shown, by which versions, and what it exposes people to.

/** How many courses a list holds, however many a page shows: ten pages, and hardly anybody turns to the third. */
export const LIST_LENGTH = 100;

/** A list that is about to be recorded and handed out. */
export interface MadeList {
  readonly row: StoredList;
  readonly list: RecommendedList;
  readonly inputs: GatheredInputs;
}

/** The list of somebody: where theirs is interleaved, drawn from two. */
export function makeList(inputs: GatheredInputs, surface: Surface, first: number): MadeList {
  const id = randomUUID();
  const { challenger } = inputs;
  const control = recommend(inputs, LIST_LENGTH, first);
  if (challenger === null) {
    const row = rowOf(surface, { ...factsOfList(control), id }, inputs, inputs.participation !== null);
    return { row, list: control, inputs };
  }
  const lists = { CONTROL: control, CHALLENGER: recommend(challenger, LIST_LENGTH, first) };
  const list = interleaveLists(lists, LIST_LENGTH, first, id);
  const row = rowOf(surface, { ...factsOfList(list), teams: list.teams, id }, inputs, true);
  return { row, list, inputs };
}

/** A feed as it is recorded. @param isPart as of `rowOf` */
export function feedRow(feed: Feed, surface: Surface, inputs: GatheredInputs, isPart: boolean): StoredList {
  return rowOf(surface, { ...factsOfFeed(feed), id: randomUUID() }, inputs, isPart);
}

/** @param isPart whether it is what the experiment that they take part in makes */
function rowOf(
  surface: Surface,
  made: ListFacts & Pick<ServedListFacts, 'id'>,
  inputs: GatheredInputs,
  isPart: boolean,
): StoredList {
  return servedListRow({
    ...made,
    learnerId: inputs.state.learnerId,
    surface,
    modelVersion: inputs.index.live?.version ?? null,
    policyVersion: inputs.policy.version,
    signalWeightsVersion: inputs.signalWeightsVersion,
    ruleSetVersion: inputs.rules.version === 0 ? null : inputs.rules.version,
    variant: isPart && inputs.participation !== null ? variantLabel(inputs.participation) : null,
    at: inputs.now,
  });
}

/** What a list exposes its learner to. */
export function exposuresBy({ learnerId, createdAt }: StoredList, { participation }: GatheredInputs): Exposure[] {
  return participation === null ? [] : [exposureOf(participation, learnerId, createdAt)];
}

export const shownItem = ({ course, reasons }: RecommendedCourse): ShownItem => ({ courseId: course.id, reasons });

/** What was worked out of a list or a feed, as far as it is recorded. */
type ListFacts = Pick<ServedListFacts, 'strategy' | 'places' | 'shown' | 'shelves' | 'teams'>;

function factsOfList({ strategy, ranked, firstPage }: RecommendedList): ListFacts {
  return { strategy, places: ranked.map(placeOf), shown: firstPage.map(shownItem), shelves: null, teams: null };
}

function factsOfFeed({ strategy, shelves }: Feed): ListFacts {
  const entries = shelves.flatMap((shelf) => shelf.entries);
  return {
    strategy,
    places: entries.map(placeOf),
    shown: entries.map(shownItem),
    teams: null,
    shelves: shelves.map(({ kind, title, reason, entries: shown }) => ({
      kind,
      title,
      reason,
      courseIds: shown.map(({ course }) => course.id),
    })),
  };
}

const placeOf = ({ course, score, sources, propensity, appliedRules }: RankedCourse): ListedCourse => ({
  courseId: course.id,
  score,
  sources,
  propensity,
  appliedRules,
});

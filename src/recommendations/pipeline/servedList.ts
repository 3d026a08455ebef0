import type { CourseOutcome } from '../../activity/activity.service.js';
import { RULE_ACTIONS, type RuleActionKind } from '../../rules/model/rule.js';
import type { Surface } from '../../rules/model/surface.js';
import type { AppliedRule } from './appliedRules.js';
import { type ServedTeam, teamAt } from './interleavedList.js';
import { type ListedCourse, SOURCES, type Source } from './pipeline.js';
import type { Reason } from './reasons.js';
import type { Strategy } from './scoring.js';

/** One place of a list. */
export interface ServedPlace extends ListedCourse {
  /** From 1. */
  readonly rank: number;
}

/** A course as the learner was shown it. */
export interface ShownItem {
  readonly courseId: string;
  readonly reasons: readonly Reason[];
}

/** Part of a list that was handed out at one moment. */
export interface ShownPage {
  /** Rank of its first item; 1 for an empty page. */
  readonly firstRank: number;
  readonly at: Date;
  readonly items: readonly ShownItem[];
}

/** A row of a feed. */
export interface ServedShelf {
  readonly kind: string;
  readonly title: string;
  /** Why it was there. */
  readonly reason: string;
  readonly courseIds: readonly string[];
}

/** What a list was made by, for whoever asks later why it was so. */
export interface ServedVersions {
  /** Null: there was no model. */
  readonly modelVersion: string | null;
  /** Null: of a release that knew no policy. */
  readonly policyVersion: number | null;
  /** Null: of a release that knew no other weights than the standard ones. */
  readonly signalWeightsVersion: number | null;
  /** Null: no rules applied. */
  readonly ruleSetVersion: number | null;
  /** `experimentId/variantId`; null: the learner took part in no experiment of lists. */
  readonly variant: string | null;
  /** Which variant each place was drawn from, see `teamAt`; null: the list was not drawn from two. */
  readonly teams: string | null;
}

/** A list as it is about to be handed out. */
export interface ServedListFacts extends ServedVersions {
  readonly id: string;
  readonly learnerId: string;
  readonly surface: Surface;
  readonly strategy: Strategy;
  readonly at: Date;
  readonly places: readonly ListedCourse[];
  /** Its beginning, or all of a feed, with the reasons that are given. */
  readonly shown: readonly ShownItem[];
  /** Null: it is no feed. */
  readonly shelves: readonly ServedShelf[] | null;
}

/** A list as it is stored: a column for each thing that a place has. */
export interface StoredList extends ServedVersions {
  readonly id: string;
  readonly learnerId: string;
  readonly surface: Surface;
  readonly strategy: Strategy;
  readonly createdAt: Date;
  readonly courseIds: readonly string[];
  /** In single precision, as they are handed out. */
  readonly scores: readonly number[];
  /** Of each place, joined by blanks: much cheaper to store than lists within a list. */
  readonly sources: readonly string[];
  /** Empty: 1 everywhere, which is the usual case. */
  readonly propensities: readonly number[];
  /** In the order in which they were handed out; empty for lists of releases that did not keep them. */
  readonly pages: readonly ShownPage[];
  readonly shelves: readonly ServedShelf[] | null;
  /** In the order of their ids. */
  readonly appliedRules: readonly StoredRule[];
}

/** What a rule did at a rank, and what to the score; left out where it gave the place alone. */
export type StoredEffect = readonly [rank: number, effect: string, scoreChange?: number];

/** A rule that had a hand in a list: its words once, since a boost may touch every place. */
export interface StoredRule {
  readonly ruleId: string;
  readonly action: RuleActionKind;
  readonly sentence: string;
  /** Ranks with what it did there, ascending. */
  readonly effects: readonly StoredEffect[];
}

/** The list as it is to be stored, and with the scores that are to be handed out. */
export function servedListRow({ places, shown, at, ...facts }: ServedListFacts): StoredList {
  return {
    ...facts,
    createdAt: at,
    courseIds: places.map(({ courseId }) => courseId),
    scores: places.map(({ score }) => Math.fround(score)),
    sources: places.map(({ sources }) => joined(sources)),
    propensities: places.every(({ propensity }) => propensity === 1)
      ? []
      : places.map(({ propensity }) => Math.fround(propensity)),
    pages: [{ firstRank: 1, at, items: shown }],
    appliedRules: storedRules(places),
  };
}

const joinedSources = new WeakMap<readonly Source[], string>();

/** Many places share the very same sources. */
function joined(sources: readonly Source[]): string {
  const known = joinedSources.get(sources);
  if (known !== undefined) return known;
  const words = sources.join(' ');
  joinedSources.set(sources, words);
  return words;
}

function storedRules(places: readonly Pick<ListedCourse, 'appliedRules'>[]): StoredRule[] {
  const rules = new Map<string, Omit<StoredRule, 'effects'> & { readonly effects: StoredEffect[] }>();
  places.forEach(({ appliedRules }, i) => {
    for (const { effect, scoreChange, ...rule } of appliedRules) {
      const stored = rules.get(rule.ruleId) ?? { ...rule, effects: [] };
      stored.effects.push(scoreChange === undefined ? [i + 1, effect] : [i + 1, effect, Math.fround(scoreChange)]);
      rules.set(rule.ruleId, stored);
    }
  });
  return [...rules.values()].sort((a, b) => (a.ruleId < b.ruleId ? -1 : 1));
}

/** By rank, in the order of the stages: no two rules of one action apply to one place. */
function rulesByRank(rules: readonly StoredRule[]): ReadonlyMap<number, readonly AppliedRule[]> {
  const byRank = new Map<number, AppliedRule[]>();
  const stageOf = ({ action }: Pick<StoredRule, 'action'>) => RULE_ACTIONS.indexOf(action);
  for (const { effects, ...rule } of [...rules].sort((a, b) => stageOf(a) - stageOf(b))) {
    for (const [rank, effect, scoreChange] of effects) {
      const applied = { ...rule, effect, ...(scoreChange === undefined ? {} : { scoreChange }) };
      byRank.set(rank, [...(byRank.get(rank) ?? []), applied]);
    }
  }
  return byRank;
}

/**
 * A stored list as it was before it was stored: the database tells single precision in its shortest decimals, and JSON
 * has no dates. What ends in `At` is an instant in everything that a page holds.
 */
export function revivedList<L extends StoredList>(stored: L): L {
  return {
    ...stored,
    scores: stored.scores.map(Math.fround),
    propensities: stored.propensities.map(Math.fround),
    pages: reviveInstants(stored.pages) as readonly ShownPage[],
  };
}

function reviveInstants(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return name === 'at' || name.endsWith('At') ? new Date(value) : value;
  if (Array.isArray(value)) return value.map((entry) => reviveInstants(entry));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, reviveInstants(entry, key)]));
}

/** Whether the same page, with the same reasons, is recorded: a portal that asks again has shown nothing new. */
export function isRecorded(pages: readonly ShownPage[], page: ShownPage): boolean {
  const told = wordsOf(page);
  return pages.some((earlier) => wordsOf(earlier) === told);
}

function wordsOf({ firstRank, items }: ShownPage): string {
  return JSON.stringify([firstRank, items.map(({ courseId, reasons }) => [courseId, reasons.map(({ text }) => text)])]);
}

const NOTHING_CAME: CourseOutcome = {
  seenAt: null,
  clickedAt: null,
  startedAt: null,
  completedAt: null,
  savedAt: null,
  dismissedAt: null,
};

/** A place of a list looked at again. */
export interface ReplayedPlace extends ServedPlace {
  /** When it was first handed out; null: it stood further down than anybody has looked. */
  readonly shownAt: Date | null;
  /** As given when it was first handed out; null: it never was. */
  readonly reasons: readonly Reason[] | null;
  /** Null: the list was not drawn from two. */
  readonly team: ServedTeam | null;
  readonly outcome: CourseOutcome;
}

/** A list looked at again: what was served, and what came of it. */
export interface ServedList
  extends Omit<StoredList, 'courseIds' | 'scores' | 'sources' | 'propensities' | 'appliedRules'> {
  readonly places: readonly ReplayedPlace[];
}

const isSource = (code: string): code is Source => (SOURCES as readonly string[]).includes(code);

/** The places of a stored list, best first. */
export function placesOf({
  courseIds,
  scores,
  sources,
  propensities,
  appliedRules,
}: Pick<StoredList, 'courseIds' | 'scores' | 'sources' | 'propensities' | 'appliedRules'>): ServedPlace[] {
  const rules = rulesByRank(appliedRules);
  return courseIds.map((courseId, i) => ({
    courseId,
    rank: i + 1,
    score: scores[i] ?? 0,
    // A source of a later release is left out rather than shown as something that it is not.
    sources: sources[i]?.split(' ').filter(isSource) ?? [],
    propensity: propensities[i] ?? 1,
    appliedRules: rules.get(i + 1) ?? [],
  }));
}

/** @param outcomes by course id */
export function replayedList(list: StoredList, outcomes: ReadonlyMap<string, CourseOutcome>): ServedList {
  const { courseIds: _, scores: __, sources: ___, propensities: ____, appliedRules: _____, ...rest } = list;
  const firstShown = new Map<string, { readonly at: Date; readonly reasons: readonly Reason[] }>();
  for (const { at, items } of list.pages) {
    for (const { courseId, reasons } of items) {
      if (!firstShown.has(courseId)) firstShown.set(courseId, { at, reasons });
    }
  }
  return {
    ...rest,
    places: placesOf(list).map((place) => ({
      ...place,
      shownAt: firstShown.get(place.courseId)?.at ?? null,
      reasons: firstShown.get(place.courseId)?.reasons ?? null,
      team: teamAt(list.teams, place.rank - 1),
      outcome: outcomes.get(place.courseId) ?? NOTHING_CAME,
    })),
  };
}

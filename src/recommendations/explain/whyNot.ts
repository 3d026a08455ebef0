import type { Course } from '../../catalog/course.js';
import { isBegun } from '../../learners/courseState.js';
import { SIGNALS, type SignalName } from '../../rules/policy.js';
import { liftingRules } from '../pipeline/appliedRules.js';
import { diversify } from '../pipeline/diversify.js';
import { stoppersOf } from '../pipeline/eligibility.js';
import type { RecommendationInputs } from '../pipeline/inputs.js';
import { reasonsFor } from '../pipeline/leads.js';
import { type Placements, placementsOf } from '../pipeline/pipeline.js';
import { type ScoredCatalogue, scoreCatalogue } from '../pipeline/scoring.js';
import { ATTRIBUTES } from '../pipeline/servingIndex.js';
import { valueAt } from '../pipeline/signals.js';
import { capitalised, listed, ordinal, quoted, TO_LEARNER, TO_OTHERS, type Whom } from '../pipeline/wording.js';
import { loweredBy, outliftedBy, overtakenBy } from './overtaken.js';
import { pinTexts, placingStopper, placingText, RULE_STOPPERS } from './rulesInWords.js';
import { type Obstacle, type ObstacleWords, obstacleInWords } from './stopperWords.js';
import { type WouldAppear, wouldAppear } from './wouldAppear.js';

/** The stages of a list in their order. */
export const STAGES = [
  'CANDIDATE',
  'ELIGIBILITY',
  'SCORE',
  'DIVERSITY',
  'EXPLORATION',
  'RULES',
  'FINAL_CHECK',
] as const;
export type Stage = (typeof STAGES)[number];

export const STAGE_OUTCOMES = ['PASSED', 'STOPPED', 'NOT_REACHED'] as const;
export type StageOutcome = (typeof STAGE_OUTCOMES)[number];

export interface StageReport {
  readonly stage: Stage;
  readonly outcome: StageOutcome;
  /** Place after the stage, from 1; null: the stage gives none. */
  readonly rank: number | null;
  readonly text: string;
}

/** What one signal adds to a score. */
export interface Contribution {
  readonly signal: SignalName;
  /** Before it is weighed. */
  readonly value: number;
  /** In the units of the score. */
  readonly contribution: number;
}

/** How far a signal leaves a course behind another. */
export interface Shortfall {
  readonly signal: SignalName;
  readonly contribution: number;
  readonly otherContribution: number;
}

export const PLACE_STOPPERS = ['OUTSCORED', 'TOO_MUCH_OF_THE_SAME', 'GAVE_WAY', ...RULE_STOPPERS] as const;
export type StopperCode = Obstacle | (typeof PLACE_STOPPERS)[number];

interface PlaceStopper {
  readonly stage: Stage;
  readonly code: StopperCode;
  readonly text: string;
  /** The L&D rule behind it; null: none, or several. */
  readonly ruleId: string | null;
}

export interface WhyNot {
  readonly course: Course;
  /** Place in the list, from 1; null: it is not in the list at all. */
  readonly rank: number | null;
  /** Whether that place is among those shown. */
  readonly isShown: boolean;
  readonly stopper: PlaceStopper | null;
  /** Null: nothing is known that would bring it there, or it is there. */
  readonly wayOut: string | null;
  readonly wouldAppear: WouldAppear | null;
  /** Why it stands where it stands, strongest first; empty when it is not shown. */
  readonly reasons: readonly string[];
  readonly stages: readonly StageReport[];
  /** Everything that keeps it out of the choice. */
  readonly obstacles: readonly ObstacleWords[];
  readonly score: number;
  /** Of every signal that says anything of the course, largest first; with what leading to another adds, the score. */
  readonly contributions: readonly Contribution[];
  /** Where the course in the last place shown is furthest ahead; empty for a course that is shown. */
  readonly behind: readonly Shortfall[];
}

export interface WhyNotOptions {
  /** Length of the list as it is served. */
  readonly length: number;
  /** How many of it count as shown. */
  readonly shown: number;
  /** The reader is the learner. */
  readonly isOwn: boolean;
}

/** What each stage did with one course, what stopped it, and what would bring it back; null: there is no such course. */
export function whyNot(inputs: RecommendationInputs, courseId: string, options: WhyNotOptions): WhyNot | null {
  const { index } = inputs;
  const position = index.positionById.get(courseId);
  const course = index.courses[position ?? -1];
  if (position === undefined || course === undefined) return null;
  const scored = scoreCatalogue(inputs);
  const placements = placementsOf(inputs, scored, options.length);
  const whom = options.isOwn ? TO_LEARNER : TO_OTHERS;
  const walk: Walk = {
    inputs,
    scored,
    placements,
    position,
    course,
    whom,
    ...options,
    ...placesOf(scored, placements, position),
  };
  const isShown = walk.listedAt !== null && walk.listedAt <= options.shown;
  const obstacles = obstaclesOf(walk).map((code) => obstacleInWords(code, inputs, scored, position, whom));
  const stopper = isShown ? null : stopperIn(walk, obstacles);
  const isOutplaced = stopper !== null && stopper.stage !== 'ELIGIBILITY';
  const change = isOutplaced ? wouldAppear(inputs, scored, position, { ...options, whom }) : null;
  return {
    course,
    rank: walk.listedAt,
    isShown,
    stopper,
    wayOut: stopper && (obstacles[0]?.wayOut ?? change?.text ?? wayOutOf(walk, stopper)),
    wouldAppear: change,
    reasons: isShown ? reasonTexts(walk) : [],
    stages: reports(walk, obstacles, stopper),
    obstacles,
    score: scored.scores[position] as number,
    contributions: contributionsOf(scored, position),
    behind: isOutplaced ? shortfalls(walk) : [],
  };
}

/** Places from 1; null: beyond the end of the list. */
interface Places {
  /** By score, among the courses that the list is taken from, wherever the list ends. */
  readonly scoredAt: number;
  readonly choiceCount: number;
  readonly variedAt: number | null;
  readonly exploredAt: number | null;
  readonly listedAt: number | null;
}

interface Walk extends Places, WhyNotOptions {
  readonly inputs: RecommendationInputs;
  readonly scored: ScoredCatalogue;
  readonly placements: Placements;
  readonly position: number;
  readonly course: Course;
  readonly whom: Whom;
}

function placesOf(
  { scores }: ScoredCatalogue,
  { open, varied, explored, listed: list }: Placements,
  position: number,
): Places {
  const own = scores[position] as number;
  let ahead = 0;
  let choiceCount = 0;
  for (let other = 0; other < open.length; other++) {
    if (open[other] === 0) continue;
    choiceCount += 1;
    const score = scores[other] as number;
    if (score > own || (score === own && other < position)) ahead += 1;
  }
  const placeIn = (places: readonly { readonly position: number }[]): number | null => {
    const at = places.findIndex((one) => one.position === position);
    return at < 0 ? null : at + 1;
  };
  return {
    scoredAt: ahead + 1,
    choiceCount,
    variedAt: placeIn(varied),
    exploredAt: placeIn(explored),
    listedAt: placeIn(list),
  };
}

function obstaclesOf({ scored, placements, position, course }: Walk): Obstacle[] {
  if (placements.open[position] === 1) return [];
  const { eligibility } = scored.view;
  const state = eligibility.stateByCourseId.get(course.id);
  const stoppers = stoppersOf(course, eligibility);
  return state !== undefined && isBegun(state) ? [...stoppers, 'BEGUN'] : stoppers;
}

/** The first stage after which the course stands behind the last place shown for good. */
function stopperIn(walk: Walk, obstacles: readonly ObstacleWords[]): PlaceStopper {
  const [obstacle] = obstacles;
  if (obstacle !== undefined) {
    const { code, text, ruleId } = obstacle;
    return { stage: 'ELIGIBILITY', code, text, ruleId };
  }
  const byRules = placingStopper(walk);
  if (byRules !== null) return { stage: 'RULES', ...byRules };
  const lowered = loweredBy(walk.inputs, walk.position, walk);
  if (lowered !== null) return { stage: 'SCORE', code: 'RULE_LOWERED', ...lowered };
  const overtaken = overtakenBy(walk.inputs, walk.placements, walk.position, walk);
  if (overtaken !== null) return { stage: 'SCORE', code: 'RULE_RAISED_OTHERS', ...overtaken };
  const both = outliftedBy(walk.inputs, walk.placements, walk.position, walk);
  if (both !== null) return { stage: 'SCORE', code: 'RULE_LOWERED', ...both };
  return { ...rankStopper(walk), ruleId: null };
}

function rankStopper(walk: Walk): Omit<PlaceStopper, 'ruleId'> {
  if (walk.scoredAt > walk.shown) return { stage: 'SCORE', code: 'OUTSCORED', text: scoreText(walk) };
  if (walk.variedAt === null || walk.variedAt > walk.shown) {
    return { stage: 'DIVERSITY', code: 'TOO_MUCH_OF_THE_SAME', text: heldBackText(walk) };
  }
  return { stage: 'EXPLORATION', code: 'GAVE_WAY', text: gaveWayText(walk) };
}

function wayOutOf({ inputs, whom, scoredAt }: Walk, { stage, code }: PlaceStopper): string | null {
  if (code === 'RULE_RAISED_OTHERS' || code === 'RULE_LOWERED') return 'It comes up when the rule ends; ask L&D';
  if (stage === 'DIVERSITY') {
    const { diversity } = inputs.policy;
    return `It would be ${ordinal(scoredAt)} if L&D had set the variety of lists to 0 instead of ${diversity}`;
  }
  if (stage === 'RULES') return 'It comes back when the rule ends; ask L&D';
  if (stage === 'EXPLORATION')
    return `Which new courses get a chance in ${whom.possessive} list is drawn anew every day`;
  return null;
}

function reports(walk: Walk, obstacles: readonly ObstacleWords[], stopper: PlaceStopper | null): StageReport[] {
  const stoppedAt = stopper?.stage ?? null;
  const isByLift = stopper?.code === 'RULE_RAISED_OTHERS' || stopper?.code === 'RULE_LOWERED';
  const lifted = isByLift ? `. ${stopper.text}` : '';
  const { scoredAt, variedAt, exploredAt, listedAt, choiceCount, placements } = walk;
  const isInChoice = obstacles.length === 0;
  const isInList = variedAt !== null;
  const outcomeOf = (stage: Stage, isReached: boolean): StageOutcome => {
    if (stage === stoppedAt) return 'STOPPED';
    return isReached ? 'PASSED' : 'NOT_REACHED';
  };
  const place = (rank: number | null) =>
    rank === null ? 'It is beyond the end of the list' : `It is ${ordinal(rank)}`;
  const wouldRank = `If it were open to ${walk.whom.subject === 'you' ? 'you' : 'them'}, it would be ${ordinal(scoredAt)} of ${choiceCount + 1} by score`;
  const wasDrawn = placements.explored.some((one) => one.position === walk.position && one.isExploration);
  const explored = wasDrawn ? `${place(exploredAt)}: new, and drawn to be given its chance` : place(exploredAt);
  const texts: Readonly<Record<Stage, string>> = {
    CANDIDATE: candidateText(walk),
    ELIGIBILITY: isInChoice ? 'Nothing keeps it out of the choice' : obstacles.map(({ text }) => text).join('; '),
    SCORE: isInChoice ? `${scoreText(walk)}${lifted}` : wouldRank,
    DIVERSITY:
      stoppedAt === 'DIVERSITY' ? heldBackText(walk) : isInChoice ? place(variedAt) : 'It does not come this far',
    EXPLORATION: stoppedAt === 'EXPLORATION' ? gaveWayText(walk) : isInChoice ? explored : 'It does not come this far',
    RULES: isInChoice
      ? [(stoppedAt === 'RULES' ? placingStopper(walk)?.text : null) ?? placingText(walk), ...pinTexts(walk)].join('. ')
      : 'It does not come this far',
    FINAL_CHECK: listedAt === null ? 'It does not come this far' : 'It is still open to be taken',
  };
  const reached: Readonly<Record<Stage, readonly [isReached: boolean, rank: number | null]>> = {
    CANDIDATE: [true, null],
    ELIGIBILITY: [true, null],
    SCORE: [isInChoice, scoredAt],
    DIVERSITY: [isInList, variedAt],
    EXPLORATION: [isInList || wasDrawn, exploredAt],
    RULES: [exploredAt !== null || listedAt !== null, listedAt],
    FINAL_CHECK: [listedAt !== null, listedAt],
  };
  return STAGES.map((stage) => {
    const [isReached, rank] = reached[stage];
    return { stage, outcome: outcomeOf(stage, isReached), rank, text: texts[stage] };
  });
}

const SIGNAL_IN_WORDS: Readonly<Record<SignalName, string>> = {
  collaborative: 'what people with a similar history take up',
  skillGap: 'a skill gap',
  role: 'the role',
  goal: 'a goal',
  peers: 'colleagues',
  search: 'a search',
  format: 'its format',
  length: 'its length',
  level: 'its level',
  language: 'its language',
  provider: 'its provider',
  popularity: 'popularity',
  trending: 'gaining ground',
  freshness: 'being new',
};

function contributionsOf({ learned, factors }: ScoredCatalogue, position: number): Contribution[] {
  return SIGNALS.flatMap((signal): Contribution[] => {
    const value = valueAt(learned.signals[signal], position);
    const contribution = factors[signal] * value;
    return contribution === 0 ? [] : [{ signal, value, contribution }];
  }).sort((a, b) => b.contribution - a.contribution);
}

function candidateText({ scored, position, inputs }: Walk): string {
  const inWords = ({ signal, contribution }: Contribution) =>
    `${SIGNAL_IN_WORDS[signal]} (${contribution > 0 ? '+' : '−'}${Math.abs(contribution).toFixed(2)})`;
  const all = contributionsOf(scored, position);
  const unlock = scored.unlocks.get(position);
  const speaksFor = all.filter(({ contribution }) => contribution > 0).map(inWords);
  if (unlock !== undefined) {
    const title = inputs.index.courses[unlock.lockedPosition]?.title ?? '';
    speaksFor.push(`leading to ${quoted(title)} (+${unlock.lead.toFixed(2)})`);
  }
  const byRules = liftingRules(inputs, scored, position).map(
    ({ sentence, effect }) => `a rule of L&D ${effect.charAt(0).toLowerCase()}${effect.slice(1)}: ${sentence}`,
  );
  const against = all.filter(({ contribution }) => contribution < 0).map(inWords);
  const parts = [
    speaksFor.length > 0 ? `Speaks for it: ${listed(speaksFor)}` : 'Nothing speaks for it',
    ...(against.length > 0 ? [`against it: ${listed(against.reverse())}`] : []),
    ...byRules,
  ];
  return parts.join('; ');
}

/** The course in the last place shown; null for an empty list. */
const lastShown = ({ placements, shown }: Walk) => placements.listed.slice(0, shown).at(-1) ?? null;

function scoreText(walk: Walk): string {
  const { scoredAt, choiceCount, scored, position, shown } = walk;
  const place = `${capitalised(ordinal(scoredAt))} of ${choiceCount} by score`;
  const last = lastShown(walk);
  if (scoredAt <= shown || last === null) return place;
  const short = (scored.scores[last.position] as number) - (scored.scores[position] as number);
  if (short <= 0) return place;
  const most = shortfalls(walk).map(({ signal }) => SIGNAL_IN_WORDS[signal]);
  const lacks = most.length === 0 ? '' : `, which is ahead by ${listed(most)}`;
  return `${place}, ${short.toFixed(2)} short of the ${ordinal(Math.min(shown, walk.placements.listed.length))} in the list${lacks}`;
}

const MOST_SHORTFALLS = 3;

function shortfalls(walk: Walk): Shortfall[] {
  const last = lastShown(walk);
  if (last === null) return [];
  const { learned, factors } = walk.scored;
  const at = (signal: SignalName, position: number) => factors[signal] * valueAt(learned.signals[signal], position);
  return SIGNALS.map((signal) => ({
    signal,
    contribution: at(signal, walk.position),
    otherContribution: at(signal, last.position),
  }))
    .filter(({ contribution, otherContribution }) => otherContribution > contribution)
    .sort((a, b) => b.otherContribution - b.contribution - (a.otherContribution - a.contribution))
    .slice(0, MOST_SHORTFALLS);
}

function heldBackText(walk: Walk): string {
  const { scoredAt, variedAt, shown } = walk;
  const to = variedAt === null ? 'beyond the end of the list' : `to ${ordinal(variedAt)}`;
  const held = `Held back from ${ordinal(scoredAt)} ${to}`;
  if (isForLessTaken(walk)) return `${held} for courses that suit nearly as well and that fewer people have taken up`;
  const same = mostOfTheSame(walk);
  const why = same === null ? '' : `: ${same} of the first ${shown} as well`;
  return `${held} so that the list is not too much of the same${why}`;
}

/** Whether it would be shown if variety looked at likeness alone. */
function isForLessTaken({ inputs, placements, position, shown }: Walk): boolean {
  const { index, policy } = inputs;
  const byLikeness = diversify(index, placements.best, policy.diversity, new Float32Array(index.courses.length));
  return byLikeness.slice(0, shown).some((one) => one.position === position);
}

/** What the course has in common with most of those shown, such as "its provider has 5"; null: nothing. */
function mostOfTheSame({ inputs, placements, course, position, shown }: Walk): string | null {
  const { attributes, courses, catalog } = inputs.index;
  const before = placements.varied.slice(0, shown);
  const counts = ATTRIBUTES.filter((name) => name === 'format' || name === 'provider').flatMap((name) => {
    const { indices } = attributes[name];
    const value = indices[position] as number;
    return value === 0
      ? []
      : [{ what: `its ${name}`, count: before.filter((one) => indices[one.position] === value).length }];
  });
  const taught = course.skills.map(({ skillId }) => ({
    what: catalog.skills.get(skillId)?.name ?? skillId,
    count: before.filter((one) => courses[one.position]?.skills.some((skill) => skill.skillId === skillId)).length,
  }));
  const [most] = [...counts, ...taught].sort((a, b) => b.count - a.count);
  return most === undefined || most.count < 2 ? null : `${most.what} has ${most.count}`;
}

function gaveWayText({ variedAt, exploredAt }: Walk): string {
  const to = exploredAt === null ? 'out of the list' : `to ${ordinal(exploredAt)}`;
  return `Moved from ${ordinal(variedAt ?? 0)} ${to} for a new course that is given its chance`;
}

function reasonTexts({ inputs, scored, placements, position, whom }: Walk): string[] {
  const isExplored = placements.listed.some((one) => one.position === position && one.isExploration);
  return reasonsFor(inputs, scored, position, isExplored).map(({ code, text }) =>
    code === 'SEARCH' && !whom.isOwn ? 'They searched for it' : text,
  );
}

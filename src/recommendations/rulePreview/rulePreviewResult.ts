import type { AudienceFigures, AudienceShape } from '../../learners/fewPeople/audienceFigures.js';
import { coarseFiguresOf } from '../../learners/fewPeople/coarseFigures.js';
import type { RuleConflict } from '../../rules/conflicts/ruleConflicts.js';
import { type RuleWarning, ruleWarnings } from '../../rules/conflicts/ruleWarnings.js';
import type { Rule, RuleAudience } from '../../rules/model/rule.js';
import { ruleNames } from '../../rules/model/ruleNames.js';
import { sentenceOf } from '../../rules/model/ruleSentence.js';
import { ruleSetDiff } from '../../rules/model/ruleSetDiff.js';
import { openCourses } from '../../rules/model/target.js';
import { bootstrapMeans } from '../../stats/bootstrap.js';
import { createRandom } from '../../stats/random.js';
import type { OffPolicyImpact } from '../offPolicy/offPolicyResult.js';
import {
  addTally,
  type CourseShift,
  createTally,
  type DepartmentExposure,
  exposureByDepartment,
  exposureOfAll,
  exposureOfDepartments,
  type ListTally,
  type ProviderColumn,
  peopleByDepartment,
  winnersAndLosers,
} from '../ruleEffects/ruleMeasures.js';
import type { AudienceCounts } from './audienceCounts.js';
import { blurredCount, blurredPopulation, tellableDepartments } from './blurredPopulation.js';
import {
  type CourseImpact,
  FEWEST_FOR_RELEVANCE,
  type PopulationImpact,
  type RelevanceChange,
} from './populationImpact.js';
import type { PreviewSide } from './previewScene.js';
import type { RuleMove } from './ruleMoves.js';
import {
  coarsePopulation,
  figuresOfLists,
  type MostTold,
  namesPeople,
  noiseOfPopulation,
  type RulesOfChange,
  rulesOfChange,
} from './rulePreviewPrivacy.js';
import type { PreviewFindings } from './rulePreviewRunner.js';

/** What becomes of a rule in a change. */
export const RULE_CHANGES = ['ADDED', 'REMOVED', 'CHANGED'] as const;
export type RuleChange = (typeof RULE_CHANGES)[number];

/** What a changed rule does. */
export interface RuleImpact {
  readonly ruleId: string;
  /** As it will be; as it was, when it goes. */
  readonly sentence: string;
  readonly change: RuleChange;
  /** Lists whose first places it changes; null: so few, or of people it names, that single ones could be told apart. */
  readonly lists: number | null;
  /** People counted whom it is for; null likewise. */
  readonly people: number | null;
  /** What keeps it from doing anything. */
  readonly warnings: readonly RuleWarning[];
}

/** Where one learner's courses would move. */
export interface LearnerMoves {
  readonly learnerId: string;
  readonly moves: readonly RuleMove[];
}

/** What a change of rules and settings would do. Plain values, as they are stored. */
export interface PreviewResult {
  /** ISO instant that lists were made as of. */
  readonly at: string;
  readonly modelVersion: string | null;
  /** How many lists were made before and after; null: so few that single people could be told apart. */
  readonly people: number | null;
  readonly rules: readonly RuleImpact[];
  /** In which a rule that is new or says something else takes part. */
  readonly conflicts: readonly RuleConflict[];
  /** Null: of so few people that single ones could be told apart. */
  readonly population: PopulationImpact | null;
  readonly lists: readonly LearnerMoves[];
  /** What the log says of the change; null or left out: nothing was asked. */
  readonly estimate?: OffPolicyImpact | null;
}

const MOST_RULES = 200;
const MOST_CONFLICTS = 200;
const MOST_TOLD: MostTold = { shifts: 20, departments: 50, providers: 20 };
/** Before noise decides which of them are told of: of those far behind none comes to the front. */
const MOST_LOOKED_AT: MostTold = { shifts: 200, departments: 50, providers: 40 };
const SEED = 1;

/**
 * Everything that was found, put together.
 *
 * @param mayTellFew whether figures over fewer than five people may be told, and all others as they are
 * @param secret by which figures are drawn where they may not be told as they are
 */
export function previewResult(
  before: PreviewSide,
  after: PreviewSide,
  findings: PreviewFindings,
  { first, mayTellFew, audience, sampleSize, uncountedRuleIds, audiences }: TellingOrder,
  secret: Uint8Array,
): PreviewResult {
  const { at, index } = findings;
  const found = findings.found.map((each) => each.found);
  const tally = createTally(first, index.courses.length);
  for (const each of found) addTally(tally, each.tally);
  const conflicts = findings.found.flatMap((each) => each.conflicts);
  const sampled: AudienceShape = { ...audience, sampleSize };
  const tell = mayTellFew ? null : tellingOf(sampled, rulesOfChange({ before, after }, uncountedRuleIds), secret);
  const people = tell === null ? tally.people : tell.people(tally.people);
  const population = (counted: number): PopulationImpact =>
    tell === null ? exactPopulation(tally, findings) : withPeople(tell.population(tally, findings), counted);
  return {
    at: at.toISOString(),
    modelVersion: index.live?.version ?? null,
    people,
    rules: ruleImpacts(before, after, findings, conflicts, { tally, audiences, tell }),
    conflicts: conflicts.slice(0, MOST_CONFLICTS),
    population: people === null ? null : population(people),
    lists: found
      .flatMap(({ shown }) => shown)
      .sort((a, b) => a.order - b.order)
      .map(({ learnerId, moves }) => ({ learnerId, moves })),
  };
}

/** The same number of people everywhere, and no more of them than there are. */
function withPeople({ exposure, ...rest }: PopulationImpact, people: number): PopulationImpact {
  const among = (count: number): number => Math.min(people, count);
  const { changed, shortBefore, shortAfter } = exposure;
  const counts = { changed: among(changed), shortBefore: among(shortBefore), shortAfter: among(shortAfter) };
  return { ...rest, exposure: { ...exposure, people, ...counts } };
}

/** What of an order decides what is told. */
interface TellingOrder {
  readonly first: number;
  readonly mayTellFew: boolean;
  readonly audience: RuleAudience;
  /** Null: everybody in the audience, as far as previews go. */
  readonly sampleSize: number | null;
  /** Rules that lists were made without: what they would do is told of nobody. */
  readonly uncountedRuleIds: readonly string[];
  readonly audiences: AudienceCounts;
}

/** How figures are told that must not tell of single people. */
interface Telling {
  readonly people: (exact: number) => number | null;
  readonly peopleOfRule: (exact: number, rule: Rule, was: Rule) => number | null;
  readonly listsOfRule: (exact: number, rule: Rule, was: Rule) => number | null;
  readonly population: (tally: ListTally, findings: PreviewFindings) => PopulationImpact;
}

function tellingOf(audience: AudienceShape, change: RulesOfChange, secret: Uint8Array): Telling {
  const ofPeople = (rules: readonly Rule[]) => figuresOfLists([audience], { differing: rules, live: [] }, secret);
  const ofLists = (rules: readonly Rule[]) => {
    // Whatever else differs may keep a rule from what it does.
    const live = [...change.live, ...change.differing].filter((other) => !rules.includes(other));
    return figuresOfLists([audience], { differing: rules, live }, secret);
  };
  const told = (exact: number, name: string, figures: AudienceFigures): number | null => {
    const blurred = blurredCount(exact, name, figures);
    return coarseFiguresOf([name, blurred], secret).countOrNull(blurred);
  };
  return {
    people: (exact) => told(exact, 'people of all', ofPeople([])),
    // By its number, whoever drafts the same rule again would have another noise.
    peopleOfRule: (exact, rule, was) => told(exact, 'people of a rule', ofPeople([rule, was])),
    listsOfRule: (exact, rule, was) => told(exact, 'lists of a rule', ofLists([rule, was])),
    population: (tally, findings) => {
      const noise = noiseOfPopulation(audience, change, secret);
      const departments = tellableDepartments(peopleByDepartment(tally), noise, MOST_TOLD.departments);
      const exact = populationImpact(tally, findings, MOST_LOOKED_AT, (providers, most) =>
        exposureOfDepartments(tally, providers, departments, most.providers),
      );
      const blurred = blurredPopulation(exact, tally.first, noise);
      return coarsePopulation(blurred, tally.first, coarseFiguresOf(blurred, secret), MOST_TOLD);
    },
  };
}

const exactPopulation = (tally: ListTally, findings: PreviewFindings): PopulationImpact =>
  populationImpact(tally, findings, MOST_TOLD, (providers, most) =>
    exposureByDepartment(tally, providers, most.departments, most.providers),
  );

/** @param departmentsOf which of them are told of is decided by who may be told */
function populationImpact(
  tally: ListTally,
  { index, found }: PreviewFindings,
  most: MostTold,
  departmentsOf: (providers: ProviderColumn, most: MostTold) => readonly DepartmentExposure[],
): PopulationImpact {
  const impact = ({ position, ...shift }: CourseShift): CourseImpact => ({
    courseId: index.courses[position]?.id ?? '',
    ...shift,
  });
  const providers = index.attributes.provider;
  const { winners, losers } = winnersAndLosers(tally, most.shifts);
  return {
    exposure: exposureOfAll(tally, providers, most.providers),
    departments: departmentsOf(providers, most),
    winners: winners.map(impact),
    losers: losers.map(impact),
    relevance: relevanceChange(found.flatMap((each) => each.found.relevance)),
  };
}

/** The changed rules, those that change most lists first. */
function ruleImpacts(
  before: PreviewSide,
  after: PreviewSide,
  { at, index, isEverybody }: PreviewFindings,
  conflicts: readonly RuleConflict[],
  {
    tally,
    audiences,
    tell,
  }: { readonly tally: ListTally; readonly audiences: AudienceCounts; readonly tell: Telling | null },
): RuleImpact[] {
  const { added, removed, changed } = ruleSetDiff(before.ruleSet, after.ruleSet);
  const names = ruleNames(index.catalog);
  const catalogue = openCourses(index.catalog.courses, at);
  const impact = (change: RuleChange, rule: Rule, was = rule): RuleImpact => {
    const told = (count: number, what: 'peopleOfRule' | 'listsOfRule'): number | null => {
      if (tell === null) return count;
      return namesPeople(rule) ? null : tell[what](count, rule, was);
    };
    const people = audiences.after.get(rule.id) ?? 0;
    const about = {
      catalogue,
      // That nobody fits tells of each one who might: draftRule says it by what L&D knows of people anyway.
      audienceSize: isEverybody && tell === null ? people : null,
      conflicts: conflicts.filter(({ ruleIds }) => ruleIds.includes(rule.id)),
      nowMs: at.getTime(),
    };
    return {
      ruleId: rule.id,
      sentence: sentenceOf(rule, names),
      change,
      lists: told(tally.rules.get(rule.id) ?? 0, 'listsOfRule'),
      people: told(people, 'peopleOfRule'),
      warnings: change === 'REMOVED' ? [] : ruleWarnings(rule, about),
    };
  };
  return [
    ...added.map((rule) => impact('ADDED', rule)),
    ...removed.map((rule) => impact('REMOVED', rule)),
    ...changed.map((each) => impact('CHANGED', each.after, each.before)),
  ]
    .sort((a, b) => (b.lists ?? 0) - (a.lists ?? 0) || (a.ruleId < b.ruleId ? -1 : 1))
    .slice(0, MOST_RULES);
}

/** @param pairs in any order */
function relevanceChange(
  pairs: readonly { readonly order: number; readonly before: number; readonly after: number }[],
): RelevanceChange | null {
  if (pairs.length < FEWEST_FOR_RELEVANCE) return null;
  // Resampling draws by place: in one order, whatever thread was through first.
  const inOrder = [...pairs].sort((a, b) => a.order - b.order);
  const means = bootstrapMeans([inOrder.map(({ before }) => before), inOrder.map(({ after }) => after)], {
    random: createRandom(SEED),
  });
  const [before, after, difference] = [means.interval(0), means.interval(1), means.difference(1, 0)];
  if (before === null || after === null || difference === null) return null;
  return { before, after, difference, people: pairs.length };
}

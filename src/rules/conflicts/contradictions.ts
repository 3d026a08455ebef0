import type { Course } from '../../catalog/course.js';
import { grouped } from '../../platform/grouped.js';
import { dutyStart } from '../applying/mandates.js';
import {
  type CapGroup,
  RULE_ACTIONS,
  RULE_STRENGTHS,
  type Rule,
  type RuleActionKind,
  type RuleStrength,
} from '../model/rule.js';
import { compareRules, orderReason } from '../model/ruleOrder.js';
import { isInSet, isSubset, sharedCount } from './courseSet.js';
import type { PlacedRule } from './placedRule.js';

export const CONTRADICTION_KINDS = [
  'MANDATED_AND_EXCLUDED',
  'MANDATED_ANYWAY',
  'DUE_DATES_DIFFER',
  'NOTHING_LEFT',
  'EXCLUDED',
  'NOT_REQUIRED',
  'BOOST_AND_BURY',
  'BURIED_AND_PLACED',
  'QUOTA_ABOVE_CAP',
  'PIN_UNDER_CAP',
  'SAME_PLACE',
  'SAME_COURSE',
] as const;

/** Two rules that cannot both have their way. */
export interface Contradiction {
  readonly kind: (typeof CONTRADICTION_KINDS)[number];
  /** The one that has its way, if one has; the message calls it the first rule. */
  readonly first: PlacedRule;
  readonly second: PlacedRule;
  readonly message: string;
}

const PROMOTING: ReadonlySet<RuleActionKind> = new Set(['BOOST', 'QUOTA', 'PIN']);
const PROMOTED: Readonly<Partial<Record<RuleActionKind, string>>> = {
  BOOST: 'boosts',
  QUOTA: 'gives places to',
  PIN: 'pins',
};
/** What a cap counts in. */
const PLACES_IN_A_ROW = 10;

/**
 * Where two rules that meet want what cannot both be, which of them has its way, and why; null when both have it. The
 * order of the arguments makes no difference.
 */
export function contradictionOf(a: PlacedRule, b: PlacedRule, catalogue: readonly Course[]): Contradiction | null {
  const [x, y] = inStageOrder(a, b);
  switch (x.rule.action.kind) {
    case 'MANDATE':
      return ofMandate(x, y);
    case 'EXCLUDE':
      return ofExclusion(x, y);
    case 'REQUIRE_ONLY':
      return ofRequirement(x, y);
    case 'BOOST':
      return ofBoost(x, y);
    case 'BURY':
      return ofBury(x, y);
    case 'QUOTA':
      return ofQuota(x, y, catalogue);
    default:
      return ofPin(x, y);
  }
}

/** By the stages in which rules are applied; of one stage, by the order of rules. */
function inStageOrder(a: PlacedRule, b: PlacedRule): readonly [PlacedRule, PlacedRule] {
  const byStage = RULE_ACTIONS.indexOf(a.rule.action.kind) - RULE_ACTIONS.indexOf(b.rule.action.kind);
  return (byStage === 0 ? compareRules(a.rule, b.rule) : byStage) < 0 ? [a, b] : [b, a];
}

function ofMandate(mandate: PlacedRule, other: PlacedRule): Contradiction | null {
  const shared = sharedCount(mandate.courses, other.courses);
  if (shared === 0) return null;
  const { kind } = other.rule.action;
  const theirs = partOf(shared, other.courseCount);
  if (kind === 'EXCLUDE') {
    return clash(
      'MANDATED_AND_EXCLUDED',
      mandate,
      other,
      `The first rule makes mandatory what the second excludes, ${theirs}: what people must do stays in the Required lane, since mandates come before exclusions.`,
    );
  }
  if (PROMOTING.has(kind)) {
    return clash(
      'MANDATED_ANYWAY',
      mandate,
      other,
      `The first rule makes mandatory what the second ${PROMOTED[kind]}, ${theirs}: it is in the Required lane and not in the list, since mandates come first.`,
    );
  }
  if (kind !== 'MANDATE' || sameDue(mandate.rule, other.rule)) return null;
  return clash(
    'DUE_DATES_DIFFER',
    mandate,
    other,
    `Both rules make the same mandatory, ${theirs}, and ask for different due dates: whichever is earlier for a person counts.`,
  );
}

function sameDue(a: Rule, b: Rule): boolean {
  const { action: x, schedule: xs } = a;
  const { action: y, schedule: ys } = b;
  if (x.kind !== 'MANDATE' || y.kind !== 'MANDATE') return false;
  if (xs.zone !== ys.zone || x.dueOn !== y.dueOn || x.dueDaysAfterHire !== y.dueDaysAfterHire) return false;
  return x.dueOn !== null || dutyStart(a) === dutyStart(b);
}

function ofExclusion(exclusion: PlacedRule, other: PlacedRule): Contradiction | null {
  const { kind } = other.rule.action;
  const shared = sharedCount(exclusion.courses, other.courses);
  if (kind === 'REQUIRE_ONLY') {
    if (!isSubset(other.courses, exclusion.courses)) return null;
    const message = 'The first rule excludes all that the second leaves: nothing can be recommended.';
    return clash('NOTHING_LEFT', exclusion, other, message);
  }
  if (!PROMOTING.has(kind) || shared === 0) return null;
  return clash(
    'EXCLUDED',
    exclusion,
    other,
    `The first rule excludes what the second ${PROMOTED[kind]}, ${partOf(shared, other.courseCount)}: it is not recommended, since exclusions come before everything that arranges a list.`,
  );
}

function ofRequirement(requirement: PlacedRule, other: PlacedRule): Contradiction | null {
  const { kind } = other.rule.action;
  const shared = sharedCount(requirement.courses, other.courses);
  if (kind === 'REQUIRE_ONLY') {
    if (shared > 0) return null;
    const message = 'No course is among those that both rules leave: nothing can be recommended.';
    return clash('NOTHING_LEFT', requirement, other, message);
  }
  const outside = other.courseCount - shared;
  if (!PROMOTING.has(kind) || outside === 0) return null;
  return clash(
    'NOT_REQUIRED',
    requirement,
    other,
    `The first rule leaves out what the second ${PROMOTED[kind]}, ${partOf(outside, other.courseCount)}: it is not recommended, since what is required comes before everything that arranges a list.`,
  );
}

function ofBoost(boost: PlacedRule, bury: PlacedRule): Contradiction | null {
  const up = boost.rule.action;
  const down = bury.rule.action;
  const shared = sharedCount(boost.courses, bury.courses);
  if (up.kind !== 'BOOST' || down.kind !== 'BURY' || shared === 0) return null;
  const isBuried = isStronger(down.strength, up.strength);
  const [first, second] = isBuried ? [bury, boost] : [boost, bury];
  const verbs = isBuried ? 'buries what the second boosts' : 'boosts what the second buries';
  const outcome =
    up.strength === down.strength
      ? 'equally strong, the two cancel out'
      : `it moves ${isBuried ? 'down' : 'up'} by the difference, since the first is stronger`;
  const message = `The first rule ${verbs}, ${partOf(shared, second.courseCount)}: ${outcome}.`;
  return clash('BOOST_AND_BURY', first, second, message);
}

const isStronger = (a: RuleStrength, b: RuleStrength): boolean => RULE_STRENGTHS.indexOf(a) > RULE_STRENGTHS.indexOf(b);

function ofBury(bury: PlacedRule, other: PlacedRule): Contradiction | null {
  const { kind } = other.rule.action;
  const shared = sharedCount(bury.courses, other.courses);
  if ((kind !== 'QUOTA' && kind !== 'PIN') || shared === 0) return null;
  const message = `The first rule ${PROMOTED[kind]} what the second buries, ${partOf(shared, bury.courseCount)}: it has its place all the same, since places are given after scores are changed.`;
  return clash('BURIED_AND_PLACED', other, bury, message);
}

function ofQuota(quota: PlacedRule, other: PlacedRule, catalogue: readonly Course[]): Contradiction | null {
  const { action } = quota.rule;
  const cap = other.rule.action;
  if (action.kind !== 'QUOTA' || cap.kind !== 'CAP') return null;
  // More than there are it cannot have with or without the cap.
  const wanted = Math.min(quota.courseCount, Math.floor((action.percent * PLACES_IN_A_ROW) / 100));
  const allowed = mostAllowed(quota, other, cap.atMost, cap.per, catalogue);
  if (wanted <= allowed) return null;
  const named = cap.per === 'PROVIDER' ? 'provider' : 'tag';
  return clash(
    'QUOTA_ABOVE_CAP',
    other,
    quota,
    `The second rule asks for ${wanted} of ten places, the first allows its courses ${allowed}, ${cap.atMost} for each ${named}: the cap counts, since caps come last.`,
  );
}

/** How many courses of the quota a cap lets stand in ten places; of courses with several tags rather too many. */
function mostAllowed(
  quota: PlacedRule,
  cap: PlacedRule,
  atMost: number,
  per: CapGroup,
  catalogue: readonly Course[],
): number {
  const groupNames: string[] = [];
  let free = quota.courseCount - sharedCount(quota.courses, cap.courses);
  if (free >= PLACES_IN_A_ROW) return free;
  for (const position of quota.positions) {
    if (!isInSet(cap.courses, position)) continue;
    const groups = groupsOf(catalogue[position] as Course, per);
    if (groups.length === 0) free += 1;
    groupNames.push(...groups);
  }
  const within = [...grouped(groupNames, (name) => name).values()].map((names) => Math.min(names.length, atMost));
  return free + within.reduce((sum, count) => sum + count, 0);
}

function groupsOf({ provider, tags }: Course, per: CapGroup): readonly string[] {
  if (per === 'TAG') return tags;
  return provider === null ? [] : [provider];
}

function ofPin(pin: PlacedRule, other: PlacedRule): Contradiction | null {
  const a = pin.rule.action;
  const b = other.rule.action;
  if (a.kind !== 'PIN') return null;
  const shared = sharedCount(pin.courses, other.courses);
  if (b.kind === 'CAP') {
    if (shared === 0) return null;
    const message = `The first rule caps what the second pins, ${partOf(shared, pin.courseCount)}: where its share of the places around place ${a.place} is taken, the pin is not kept, since caps come last.`;
    return clash('PIN_UNDER_CAP', other, pin, message);
  }
  if (b.kind !== 'PIN') return null;
  // Two that pin one course to one place both have their way.
  if (a.place === b.place && pin.courseCount === 1 && other.courseCount === 1 && shared === 1) return null;
  if (a.place === b.place) {
    const message = `Both rules pin place ${a.place}: the first gets it, since ${reasonWords(pin.rule, other.rule)}; the second takes the next free place after it.`;
    return clash('SAME_PLACE', pin, other, message);
  }
  if (pin.courseCount !== 1 || other.courseCount !== 1 || shared === 0) return null;
  const message = `Both rules pin one course, to place ${a.place} and to place ${b.place}: the first gets it, since ${reasonWords(pin.rule, other.rule)}.`;
  return clash('SAME_COURSE', pin, other, message);
}

/** Why one rule goes before another, to go on after `since`. */
export function reasonWords(winner: Rule, loser: Rule): string {
  switch (orderReason(winner, loser)) {
    case 'PRIORITY':
      return `its priority is higher, ${winner.priority} against ${loser.priority}`;
    case 'SPECIFICITY':
      return 'its audience is more specific';
    case 'TEMPORARY':
      return 'it ends and the other does not';
    case 'AGE':
      return 'it is older';
    case 'ID':
      return 'its id comes first';
  }
}

function partOf(count: number, of: number): string {
  if (count < of) return `${count} of its ${of} courses`;
  return of === 1 ? 'its one course' : `all its ${of} courses`;
}

function clash(kind: Contradiction['kind'], first: PlacedRule, second: PlacedRule, message: string): Contradiction {
  return { kind, first, second, message };
}

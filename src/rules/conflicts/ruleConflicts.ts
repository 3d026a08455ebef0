import type { Course } from '../../catalog/course.js';
import { atOnce } from '../../platform/turns/turns.js';
import type { Rule } from '../model/rule.js';
import { compareRules } from '../model/ruleOrder.js';
import { CONTRADICTION_KINDS, contradictionOf, reasonWords } from './contradictions.js';
import { type CourseSet, isDisjoint, unionOf } from './courseSet.js';
import { type PlacedRule, placedRules } from './placedRule.js';
import { meetingOf, type Scope } from './ruleOverlap.js';
import { shadowOf } from './shadows.js';

export const RULE_CONFLICT_KINDS = ['IDENTICAL', 'SHADOWED', ...CONTRADICTION_KINDS, 'QUOTAS_ABOVE_100'] as const;
export type RuleConflictKind = (typeof RULE_CONFLICT_KINDS)[number];

/** Rules that for some person, at some place and time, cannot all do what they say. */
export interface RuleConflict {
  readonly kind: RuleConflictKind;
  /** Two, or more where only all together are too much. The one that has its way comes first, the one that does not last. */
  readonly ruleIds: readonly string[];
  /** What happens, and why, in one sentence; it calls the rules by their order in `ruleIds`. */
  readonly message: string;
}

/**
 * What contradicts, repeats or shadows what among rules, from now on; the order of the rules makes no difference. Rules
 * that never meet, by audience, surface or time, are not in conflict; nor are those about no course of the catalogue.
 *
 * @param catalogue the courses that could be recommended
 * @param about ids of rules; when given, only conflicts in which one of them takes part
 */
export function ruleConflicts(
  rules: readonly Rule[],
  catalogue: readonly Course[],
  nowMs: number,
  about: ReadonlySet<string> | null = null,
): RuleConflict[] {
  return atOnce(conflictSteps(rules, catalogue, nowMs, about));
}

/** `ruleConflicts` step by step, each of them short, for who has to let others have their turn in between. */
export function* conflictSteps(
  rules: readonly Rule[],
  catalogue: readonly Course[],
  nowMs: number,
  about: ReadonlySet<string> | null,
): Generator<void, RuleConflict[]> {
  const placed: PlacedRule[] = [];
  for (const one of placedRules(rules, catalogue)) {
    if (one.scope.untilMs > nowMs) placed.push(one);
    yield;
  }
  placed.sort((a, b) => compareRules(a.rule, b.rule));
  const isAsked = (id: string) => about === null || about.has(id);
  const conflicts: RuleConflict[] = [];
  for (let i = 0; i < placed.length; i++) {
    const a = placed[i] as PlacedRule;
    for (let j = i + 1; j < placed.length; j++) {
      const b = placed[j] as PlacedRule;
      if (!isAsked(a.rule.id) && !isAsked(b.rule.id)) continue;
      const conflict = conflictOf(a, b, catalogue, nowMs);
      if (conflict !== null) conflicts.push(conflict);
      yield;
    }
  }
  for (const { rule, courseCount } of placed) if (rule.action.kind === 'QUOTA' && courseCount > 0) yield;
  const tooMuch = quotasAbove100(placed, nowMs).filter(({ ruleIds }) => ruleIds.some(isAsked));
  return [...conflicts, ...tooMuch];
}

/** Of two rules of which the first goes before the second. */
function conflictOf(a: PlacedRule, b: PlacedRule, catalogue: readonly Course[], nowMs: number): RuleConflict | null {
  const meeting = meetingOf(a.scope, b.scope);
  if (meeting === null || meeting.untilMs <= nowMs) return null;
  if (a.deeds === b.deeds) {
    return { kind: 'IDENTICAL', ruleIds: [a.rule.id, b.rule.id], message: 'Both rules say the same; one is enough.' };
  }
  if (a.courseCount === 0 || b.courseCount === 0) return null;
  const bShadow = shadowOf(a, b);
  if (bShadow !== null) return { kind: 'SHADOWED', ruleIds: [a.rule.id, b.rule.id], message: bShadow };
  const aShadow = shadowOf(b, a);
  if (aShadow !== null) return { kind: 'SHADOWED', ruleIds: [b.rule.id, a.rule.id], message: aShadow };
  const found = contradictionOf(a, b, catalogue);
  return found && { kind: found.kind, ruleIds: [found.first.rule.id, found.second.rule.id], message: found.message };
}

/** For each quota that those before it leave too little room for, the first few of them that do. */
function quotasAbove100(placed: readonly PlacedRule[], nowMs: number): RuleConflict[] {
  const quotas = placed.filter(({ rule, courseCount }) => rule.action.kind === 'QUOTA' && courseCount > 0);
  return quotas.flatMap((quota, i) => {
    const rivals = quotas.slice(0, i).filter((rival) => {
      const meeting = meetingOf(rival.scope, quota.scope);
      return meeting !== null && meeting.untilMs > nowMs && isDisjoint(rival.courses, quota.courses);
    });
    const group = fullGroup(quota, rivals);
    return group === null ? [] : [quotaConflict(quota, group)];
  });
}

/** Rivals that somebody gets all together with the quota, that share no course, and leave less than it asks for. */
function fullGroup(quota: PlacedRule, rivals: readonly PlacedRule[]): PlacedRule[] | null {
  for (let start = 0; start < rivals.length; start++) {
    const group: PlacedRule[] = [];
    let scope: Scope = quota.scope;
    let courses: CourseSet = quota.courses;
    let percent = percentOf(quota);
    for (const rival of rivals.slice(start)) {
      const meeting = meetingOf(scope, rival.scope);
      if (meeting === null || !isDisjoint(courses, rival.courses)) continue;
      group.push(rival);
      scope = meeting;
      courses = unionOf(courses, rival.courses);
      percent += percentOf(rival);
      if (percent > 100) return group;
    }
  }
  return null;
}

const percentOf = ({ rule }: PlacedRule): number => (rule.action.kind === 'QUOTA' ? rule.action.percent : 0);

function quotaConflict(quota: PlacedRule, group: readonly PlacedRule[]): RuleConflict {
  const percents = [...group, quota].map((member) => `${percentOf(member)} %`);
  const last = group.at(-1) ?? quota;
  const why = group.length === 1 ? `, since ${reasonWords(last.rule, quota.rule)}` : ', in the order of rules';
  return {
    kind: 'QUOTAS_ABOVE_100',
    ruleIds: [...group, quota].map(({ rule }) => rule.id),
    message: `The quotas of these rules add up to more than all places, ${percents.join(' + ')}, and share no course: the last gets what the others leave${why}.`,
  };
}

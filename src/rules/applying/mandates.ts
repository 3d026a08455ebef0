import type { Course } from '../../catalog/course.js';
import type { Assignment } from '../../learners/learner.js';
import { dayAfter } from '../../platform/days.js';
import type { Rule } from '../model/rule.js';
import { endOfDayMs } from '../model/schedule.js';
import type { CompiledRule } from './compiledRule.js';

/** What somebody has to take, by whom or what: as stored, or because a rule says so. */
export type Duty = Omit<Assignment, 'learnerId'>;

export interface Duties {
  readonly assignments: readonly Duty[];
  /** By course id the rule that made it mandatory, or due earlier. */
  readonly requiredBy: ReadonlyMap<string, CompiledRule<'MANDATE'>>;
}

/**
 * The assignments of a learner with what mandates make of them. Nothing of it is stored: when a rule ends or is taken
 * back, so is the duty. Of several mandates of one course, and an assignment of it, the earliest due date counts; what
 * counts as having done it stays as the assignment says.
 *
 * @param mandates those in force for the learner, by `compareRules`
 * @param hiredOn ISO date; null: not known, so that what is due some days after it has no date
 */
export function withMandates(
  assignments: readonly Duty[],
  mandates: readonly CompiledRule<'MANDATE'>[],
  hiredOn: string | null,
  courses: readonly Course[],
): Duties {
  if (mandates.length === 0) return { assignments, requiredBy: new Map() };
  const byCourse = new Map(assignments.map((assignment) => [assignment.courseId, assignment]));
  const requiredBy = new Map<string, CompiledRule<'MANDATE'>>();
  for (const mandate of mandates) {
    const dueMs = dueMsOf(mandate, hiredOn);
    for (const position of mandate.positions) {
      const courseId = courses[position]?.id ?? '';
      const before = byCourse.get(courseId);
      const dueBeforeMs = before?.dueAt?.getTime() ?? Number.POSITIVE_INFINITY;
      if (before?.obligation === 'MANDATORY' && dueBeforeMs <= dueMs) continue;
      requiredBy.set(courseId, mandate);
      const earliestMs = Math.min(dueBeforeMs, dueMs);
      byCourse.set(courseId, {
        courseId,
        obligation: 'MANDATORY',
        dueAt: Number.isFinite(earliestMs) ? new Date(earliestMs) : null,
        countsFrom: before?.countsFrom ?? null,
      });
    }
  }
  return { assignments: [...byCourse.values()], requiredBy };
}

/** Of rules that name the day: the same for everybody. */
const dueOnEndMs = new WeakMap<object, number>();

/** The end of the day that a mandate is due on; infinite: there is no date. */
function dueMsOf({ rule }: CompiledRule<'MANDATE'>, hiredOn: string | null): number {
  const { dueOn, dueDaysAfterHire } = rule.action;
  const { zone } = rule.schedule;
  if (dueOn !== null) {
    const endMs = dueOnEndMs.get(rule) ?? endOfDayMs(dueOn, zone);
    dueOnEndMs.set(rule, endMs);
    return endMs;
  }
  if (dueDaysAfterHire === null || hiredOn === null) return Number.POSITIVE_INFINITY;
  const startsOn = dutyStart(rule);
  return endOfDayMs(dayAfter(hiredOn > startsOn ? hiredOn : startsOn, dueDaysAfterHire), zone);
}

/**
 * The day from which days are counted for whoever was hired before it, since nobody can be late with what nobody had asked
 * for: that on which the rule begins, or was first drafted.
 */
export function dutyStart({ schedule, createdAt }: Pick<Rule, 'schedule' | 'createdAt'>): string {
  return (schedule.from ?? createdAt).slice(0, 10);
}

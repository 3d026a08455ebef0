import type { Course } from '../../catalog/course.js';
import { courseSetOf, isDisjoint } from '../../rules/conflicts/courseSet.js';
import { meetingOf, scopeOf } from '../../rules/conflicts/ruleOverlap.js';
import { HARD_ACTIONS, type Rule } from '../../rules/model/rule.js';
import { targetPositions } from '../../rules/model/target.js';
import { effectOf, type RuleTime } from './ruleRun.js';

/**
 * Another soft rule that was in force in the time of one, may be for the same people and is about some of the same courses:
 * whoever is held out lacks both, so what they do tells of neither by itself. The first in the newest version that has one;
 * null: there is none.
 */
export function softRuleBeside({ rule, live, since, until }: RuleTime, courses: readonly Course[]): Rule | null {
  const own = { ...scopeOf(rule), fromMs: since.getTime(), untilMs: until.getTime() };
  const coursesOf = ({ target }: Rule) => courseSetOf(targetPositions(target, courses), courses.length);
  const ownCourses = coursesOf(rule);
  const apart = new Set<string>();
  for (const { rules } of live) {
    for (const other of rules) {
      if (other.id === rule.id || HARD_ACTIONS.has(other.action.kind)) continue;
      if (meetingOf(own, scopeOf(other)) === null) continue;
      const effect = effectOf(other);
      if (apart.has(effect)) continue;
      if (!isDisjoint(ownCourses, coursesOf(other))) return other;
      apart.add(effect);
    }
  }
  return null;
}

import type { Course } from '../../catalog/course.js';
import { targetFinder } from '../../rules/applying/targetFinder.js';
import { meetingOf, type Scope, scopeOf } from '../../rules/conflicts/ruleOverlap.js';
import { HARD_ACTIONS, type Rule, type RuleTarget } from '../../rules/model/rule.js';
import { targetPositions } from '../../rules/model/target.js';
import { effectOf, type RuleTime } from './ruleRun.js';

/**
 * Another soft rule that was in force in the time of one, may be for the same people and is about some of the same courses:
 * whoever is held out lacks both, so what they do tells of neither by itself. The first in the newest version that has one;
 * null: there is none.
 */
export function softRuleBeside({ rule, live, since, until }: RuleTime, courses: readonly Course[]): Rule | null {
  const own: Scope = { ...scopeOf(rule), fromMs: since.getTime(), untilMs: until.getTime() };
  const isShared = sharing(rule.target, courses);
  // Most rules say the same in version after version.
  const apart = new Set<string>();
  for (const { rules } of live) {
    for (const other of rules) {
      if (other.id === rule.id || HARD_ACTIONS.has(other.action.kind)) continue;
      const effect = effectOf(other);
      if (apart.has(effect) || meetingOf(own, scopeOf(other)) === null) continue;
      if (isShared(other.target)) return other;
      apart.add(effect);
    }
  }
  return null;
}

/** So many courses are looked at one by one for each target. */
const FEW_COURSES = 500;

/** Whether other targets are about some of the same courses as one; many rules have few different targets. */
function sharing(target: RuleTarget, courses: readonly Course[]): (other: RuleTarget) => boolean {
  const find = targetFinder(courses);
  const own = find(target);
  const ownCourses = Array.from(own, (position) => courses[position] as Course);
  const isOwn = new Uint8Array(courses.length);
  for (const position of own) isOwn[position] = 1;
  const isAny = (other: RuleTarget) =>
    own.length <= FEW_COURSES
      ? targetPositions(other, ownCourses).length > 0
      : find(other).some((position) => isOwn[position] === 1);
  const known = new Map<string, boolean>();
  return (other) => {
    const key = JSON.stringify(other);
    const isShared = known.get(key) ?? isAny(other);
    known.set(key, isShared);
    return isShared;
  };
}

import type { Course } from '../../catalog/course.js';
import { CapWindows } from './capWindows.js';
import type { CompiledRule } from './compiledRule.js';

/**
 * Which courses of the rest of a list may stand behind those shown already, in their order, so that no ten in a row hold
 * more than the caps allow: a list keeps to its caps, but not any longer where something has dropped out of it.
 *
 * @param shown positions shown before, in order
 * @param rest positions behind them, in order
 * @returns for each of the rest whether it may stay
 */
export function withinCaps(
  caps: readonly CompiledRule<'CAP'>[],
  courses: readonly Course[],
  shown: readonly number[],
  rest: readonly number[],
): readonly boolean[] {
  if (caps.length === 0) return rest.map(() => true);
  const windows = new CapWindows(caps, courses, shown.length + rest.length);
  for (const [i, position] of shown.entries()) windows.take(windows.groupsOf(position), i + 1);
  let place = shown.length;
  return rest.map((position) => {
    const groups = windows.groupsOf(position);
    if (windows.forbidding(groups, place + 1) !== null) return false;
    place += 1;
    windows.take(groups, place);
    return true;
  });
}

import { type CountedGroup, tellableGroups } from '../../learners/fewPeople/tellableGroups.js';
import { GROUP_KINDS, type GroupKind, type GroupNames } from '../model/timingModel.js';

/**
 * The groups whose weeks may be told beside that of the organisation: see `tellableGroups`.
 *
 * @param people all active people
 * @param groups departments and locations of five of them at least
 */
export function toldGroups<Group extends CountedGroup<GroupKind>>(
  people: readonly GroupNames[],
  groups: readonly Group[],
): ReadonlySet<Group> {
  const grouped = people.map(({ department, location }) => ({
    groups: { DEPARTMENT: department, LOCATION: location },
    people: 1,
  }));
  return tellableGroups(GROUP_KINDS, grouped, groups);
}

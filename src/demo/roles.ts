import type { Role } from '../catalog/course.js';
import { hundredths } from './rounding.js';
import { SeededRandom } from './seededRandom.js';
import type { SkillTree } from './skillTree.js';
import { slug } from './slug.js';
import { MORE_ROLE_WORDS } from './vocabulary/moreRoleWords.js';
import { ROLE_WORDS, type RoleWords } from './vocabulary/roleWords.js';

interface RoleNeed {
  readonly skillIndex: number;
  /** Both 0–1. */
  readonly targetLevel: number;
  readonly importance: number;
}

/** A role with its needs by skill index; its place in the list is its `roleIndex`. */
export interface RoleEntry {
  readonly role: Role;
  readonly words: RoleWords;
  readonly needs: readonly RoleNeed[];
  /** Indices of the roles that people of this one aim for. */
  readonly next: readonly number[];
}

export function createRoles(seed: number, tree: SkillTree): readonly RoleEntry[] {
  const allWords = [...ROLE_WORDS, ...MORE_ROLE_WORDS];
  const indexByName = new Map(allWords.map((words, index) => [words.name, index]));
  return allWords.map((words, roleIndex) => {
    const random = new SeededRandom(seed, 'role', roleIndex);
    const need = (name: string, targetLevel: number, importance: number): RoleNeed => ({
      skillIndex: tree.indexOf(name),
      targetLevel: hundredths(targetLevel + random.between(-0.08, 0.08)),
      importance: hundredths(importance + random.between(-0.1, 0.1)),
    });
    const needs = [
      ...words.core.map((name) => need(name, 0.8, 0.9)),
      ...words.solid.map((name) => need(name, 0.6, 0.6)),
      ...words.useful.map((name) => need(name, 0.4, 0.3)),
    ];
    const next = words.next.map((name) => {
      const index = indexByName.get(name);
      if (index === undefined) throw new RangeError(`no role is called "${name}"`);
      return index;
    });
    const skills = needs.map(({ skillIndex, targetLevel, importance }) => ({
      skillId: tree.entries[skillIndex]?.id ?? '',
      targetLevel,
      importance,
    }));
    return { role: { id: `role-${slug(words.name)}`, name: words.name, skills }, words, needs, next };
  });
}

import type { Skill } from '../catalog/course.js';
import { slug } from './slug.js';
import { BUSINESS_AREAS } from './vocabulary/businessAreas.js';
import { DIGITAL_AREAS } from './vocabulary/digitalAreas.js';
import { DUTY_AREAS } from './vocabulary/dutyAreas.js';
import { INFRASTRUCTURE_AREAS } from './vocabulary/infrastructureAreas.js';
import { PEOPLE_AREAS } from './vocabulary/peopleAreas.js';
import { PERSONAL_AREAS } from './vocabulary/personalAreas.js';
import { PLANNING_AREAS } from './vocabulary/planningAreas.js';
import type { AreaWords, SkillWords } from './vocabulary/words.js';

/** A skill that courses teach; its place in `SkillTree.entries` is its `skillIndex`. */
export interface SkillEntry {
  readonly id: string;
  readonly words: SkillWords;
  readonly area: AreaWords;
  readonly areaIndex: number;
}

export interface SkillTree {
  /** Areas first, then broad skills, then narrow ones: a parent always comes before its children. */
  readonly skills: readonly Skill[];
  readonly areas: readonly AreaWords[];
  readonly entries: readonly SkillEntry[];
  /** @throws RangeError when there is no skill of that name */
  indexOf(name: string): number;
}

export function createSkillTree(): SkillTree {
  const areas = [
    ...PEOPLE_AREAS,
    ...PERSONAL_AREAS,
    ...DIGITAL_AREAS,
    ...INFRASTRUCTURE_AREAS,
    ...BUSINESS_AREAS,
    ...PLANNING_AREAS,
    ...DUTY_AREAS,
  ];
  const entries = areas.flatMap((area, areaIndex) =>
    area.skills.map((words) => ({ id: skillId(words.name), words, area, areaIndex })),
  );
  const indexByName = new Map(entries.map((entry, index) => [entry.words.name, index]));
  const indexOf = (name: string): number => {
    const index = indexByName.get(name);
    if (index === undefined) throw new RangeError(`no skill is called "${name}"`);
    return index;
  };
  const asSkill = (entry: SkillEntry): Skill => ({
    id: entry.id,
    name: entry.words.name,
    description: `Covers ${entry.words.topics.slice(0, 3).join(', ')} and more.`,
    parentId: entry.words.under === undefined ? areaId(entry.area.name) : skillId(entry.words.under),
    taxonomyUri: null,
  });
  return {
    skills: [
      ...areas.map((area) => ({
        id: areaId(area.name),
        name: area.name,
        description: null,
        parentId: null,
        taxonomyUri: null,
      })),
      ...entries.filter((entry) => entry.words.under === undefined).map(asSkill),
      ...entries.filter((entry) => entry.words.under !== undefined).map(asSkill),
    ],
    areas,
    entries,
    indexOf,
  };
}

function skillId(name: string): string {
  return `skill-${slug(name)}`;
}

function areaId(name: string): string {
  return `skill-area-${slug(name)}`;
}

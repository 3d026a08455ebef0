import type { CourseKind, CourseLevel } from '../catalog/course.js';
import { KINDS, kindCounts } from './courseKinds.js';
import type { SeededRandom } from './seededRandom.js';
import type { SkillTree } from './skillTree.js';
import { describe, describeLocal, fillTitle, randomWords, TitleWriter, type Wording } from './titleWriter.js';
import { DUTY_COURSES, type DutyCourseWords } from './vocabulary/dutyCourses.js';
import { LOCAL_WORDS } from './vocabulary/localTitles.js';
import { CHAIN_PATTERNS, LEVEL_HINTS } from './vocabulary/titlePatterns.js';
import type { AreaFamily } from './vocabulary/words.js';

/** What a course is about, before it gets dates, a provider and a place in the popularity order. */
export interface CourseDraft {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly kind: CourseKind;
  /** Null: suits every language. */
  readonly language: string | null;
  readonly level: CourseLevel | null;
  readonly skillIndex: number;
  /** Place among the skill's topics; −1: the skill as a whole. */
  readonly topicIndex: number;
  readonly durationMinutes: number;
  /** Places in the list of drafts, all of them earlier. */
  readonly prerequisites: readonly number[];
  /** Set for a course that must be taken. */
  readonly duty: DutyCourseWords | null;
}

const CHAIN_LEVELS: readonly CourseLevel[] = ['BEGINNER', 'INTERMEDIATE', 'ADVANCED'];
const SINGLE_LEVELS: readonly CourseLevel[] = ['BEGINNER', 'BEGINNER', 'INTERMEDIATE', 'INTERMEDIATE', 'ADVANCED'];
/** Of the catalogue. */
const CHAINED_SHARE = 0.22;
const LOCAL_SHARES: readonly number[] = [0.08, 0.06, 0.04];

/**
 * A whole catalogue in outline: duty courses, then chains of three that build on each other, then single pieces of
 * every kind. Prerequisites always come before what needs them.
 *
 * @throws RangeError when the vocabulary holds no further title; it is checked for 10,000
 */
export function draftCourses(count: number, tree: SkillTree, random: SeededRandom): readonly CourseDraft[] {
  const writer = new TitleWriter();
  const drafts: CourseDraft[] = draftDuties(count, tree, writer);
  const chainedUntil = drafts.length + 3 * Math.max(2, Math.floor((count * CHAINED_SHARE) / 3));
  const lastOfChain = draftChains(drafts, chainedUntil, tree, writer, random);

  const counts = kindCounts(count);
  const kinds = KINDS.flatMap(({ kind }, kindIndex) => {
    const drafted = drafts.filter((draft) => draft.kind === kind).length;
    return new Array<CourseKind>(Math.max(0, (counts[kindIndex] ?? 0) - drafted)).fill(kind);
  });
  for (const kind of random.shuffled(kinds)) drafts.push(draftSingle(kind, tree, writer, random, lastOfChain));
  return drafts;
}

function draftDuties(count: number, tree: SkillTree, writer: TitleWriter): CourseDraft[] {
  const number = Math.min(DUTY_COURSES.length, Math.max(5, Math.round(count * 0.03)));
  return DUTY_COURSES.slice(0, number).map((duty) => {
    const skillIndex = tree.indexOf(duty.skill);
    const entry = entryAt(tree, skillIndex);
    const wording = writer.claim(duty.title, { entry, topicIndex: -1, audience: '', context: '' });
    if (wording === null) throw new RangeError(`"${duty.title}" is there twice`);
    return {
      id: wording.courseId,
      title: duty.title,
      description: duty.description,
      kind: 'COURSE',
      language: null,
      level: null,
      skillIndex,
      topicIndex: -1,
      durationMinutes: duty.durationMinutes,
      prerequisites: [],
      duty,
    };
  });
}

/** Appends chains until there are `until` drafts; returns the last course of each skill's own chain by skill index. */
function draftChains(
  drafts: CourseDraft[],
  until: number,
  tree: SkillTree,
  writer: TitleWriter,
  random: SeededRandom,
): ReadonlyMap<number, number> {
  const lastOfChain = new Map<number, number>();
  // Whole skills in order of appeal first; a large catalogue goes on with chains about single topics.
  const keyed = tree.entries.map((entry, skillIndex) => ({ skillIndex, key: entry.words.appeal + 2 * random.unit() }));
  const order = keyed.sort((a, b) => b.key - a.key || a.skillIndex - b.skillIndex);
  for (let topicIndex = -1; drafts.length < until; topicIndex++) {
    let written = 0;
    for (const { skillIndex } of order) {
      if (drafts.length >= until) break;
      const entry = entryAt(tree, skillIndex);
      if (topicIndex >= entry.words.topics.length) continue;
      const patterns = random.pick(CHAIN_PATTERNS);
      const words = { ...randomWords(random, entry), topicIndex };
      const wordings = patterns.map((pattern) => writer.claim(fillTitle(pattern, words), words));
      if (!wordings.every((wording) => wording !== null)) continue;
      for (const [step, wording] of wordings.entries()) {
        const prerequisites = step === 0 ? [] : [drafts.length - 1];
        drafts.push(englishDraft(wording, 'COURSE', CHAIN_LEVELS[step] ?? null, skillIndex, prerequisites, random));
      }
      written++;
      if (topicIndex < 0) lastOfChain.set(skillIndex, drafts.length - 1);
    }
    if (written === 0) throw new RangeError('the vocabulary holds no further chain of courses');
  }
  return lastOfChain;
}

function draftSingle(
  kind: CourseKind,
  tree: SkillTree,
  writer: TitleWriter,
  random: SeededRandom,
  lastOfChain: ReadonlyMap<number, number>,
): CourseDraft {
  const appeals = tree.entries.map((entry) => entry.words.appeal);
  const localIndex = random.weighted([...LOCAL_SHARES, 1 - LOCAL_SHARES.reduce((sum, share) => sum + share, 0)]);
  const local = LOCAL_WORDS[localIndex] ?? null;
  for (let attempt = 0; attempt < 100; attempt++) {
    const skillIndex = random.weighted(appeals);
    const entry = entryAt(tree, skillIndex);
    if (!kindFits(kind, entry.area.family)) continue;
    const drawnLevel = kind === 'PATH' || random.chance(0.12) ? null : random.pick(SINGLE_LEVELS);
    const wording = local === null ? null : writer.writeLocal(random, kind, entry, local);
    if (wording !== null && local !== null) {
      const description = describeLocal(random, local, wording.words);
      const level = levelHint(wording.title) ?? drawnLevel;
      return { ...englishDraft(wording, kind, level, skillIndex, [], random), description, language: local.language };
    }
    const english = writer.write(random, kind, entry);
    if (english === null) continue;
    const level = levelHint(english.title) ?? drawnLevel;
    const last = lastOfChain.get(skillIndex);
    return englishDraft(english, kind, level, skillIndex, singlePrerequisites(kind, level, last, random), random);
  }
  throw new RangeError(`the vocabulary holds no further title of kind ${kind}`);
}

/** Nobody offers a mentor for fire extinguishers. */
function kindFits(kind: CourseKind, family: AreaFamily): boolean {
  if (kind === 'COACHING') return family === 'PEOPLE' || family === 'BUSINESS';
  return kind !== 'MENTORING' || family !== 'DUTY';
}

function levelHint(title: string): CourseLevel | null {
  return LEVEL_HINTS.find(([pattern]) => pattern.test(title))?.[1] ?? null;
}

/** Some exams ask for the whole chain of their skill, some demanding courses for its first two steps. */
function singlePrerequisites(
  kind: CourseKind,
  level: CourseLevel | null,
  lastOfChain: number | undefined,
  random: SeededRandom,
): readonly number[] {
  if (lastOfChain === undefined) return [];
  if (kind === 'ASSESSMENT' && level === 'ADVANCED' && random.chance(0.6)) return [lastOfChain];
  if (kind === 'COURSE' && level === 'ADVANCED' && random.chance(0.4)) return [lastOfChain - 1];
  return [];
}

function englishDraft(
  wording: Wording,
  kind: CourseKind,
  level: CourseLevel | null,
  skillIndex: number,
  prerequisites: readonly number[],
  random: SeededRandom,
): CourseDraft {
  return {
    id: wording.courseId,
    title: wording.title,
    description: describe(random, kind, level, wording.words),
    kind,
    language: 'en',
    level,
    skillIndex,
    topicIndex: wording.words.topicIndex,
    durationMinutes: drawMinutes(kind, level, random),
    prerequisites,
    duty: null,
  };
}

function drawMinutes(kind: CourseKind, level: CourseLevel | null, random: SeededRandom): number {
  const [shortest, longest] = KINDS.find((traits) => traits.kind === kind)?.minutes ?? [10, 60];
  const stretch = level === 'ADVANCED' ? 0.75 : level === 'BEGINNER' ? 0.45 : 0.6;
  const minutes = shortest + (longest - shortest) * random.unit() ** (1 / stretch);
  return minutes < 20 ? Math.round(minutes) : Math.round(minutes / 5) * 5;
}

function entryAt(tree: SkillTree, skillIndex: number): SkillTree['entries'][number] {
  const entry = tree.entries[skillIndex];
  if (entry === undefined) throw new RangeError(`no skill at ${skillIndex}`);
  return entry;
}

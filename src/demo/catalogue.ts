import type { Course, CourseLevel, CourseSkill } from '../catalog/course.js';
import { type CourseDraft, draftCourses } from './courseDrafts.js';
import { KINDS } from './courseKinds.js';
import { type CourseLife, drawLives } from './courseLives.js';
import { drawSessions } from './liveSessions.js';
import { hundredths } from './rounding.js';
import { SeededRandom } from './seededRandom.js';
import type { SkillTree } from './skillTree.js';
import { slug } from './slug.js';
import { PROVIDERS } from './vocabulary/providers.js';

/** The courses, and what choosing among them needs in arrays by course index. */
export interface Catalogue {
  readonly courses: readonly Course[];
  readonly drafts: readonly CourseDraft[];
  readonly kindIndex: Uint8Array;
  readonly skillIndex: Uint16Array;
  readonly levelFrom: Float32Array;
  readonly levelTo: Float32Array;
  readonly minutes: Float32Array;
  readonly publishedMs: Float64Array;
  /** Infinity: never. */
  readonly retiredMs: Float64Array;
  /** One bit per language; all bits for a course that suits everyone. */
  readonly languageBits: Uint8Array;
  /** How much oftener than others it is met; 0 for what must be taken, which nobody chooses. */
  readonly popularity: Float64Array;
  /** How well it is made, 0–1. */
  readonly quality: Float32Array;
  readonly prerequisites: readonly (readonly number[])[];
  readonly successors: readonly (readonly number[])[];
  /** The courses that must be taken. */
  readonly duties: readonly number[];
}

export interface CatalogueOptions {
  readonly seed: number;
  readonly courseCount: number;
  readonly fromMs: number;
  readonly nowMs: number;
}

export const LANGUAGE_BITS: Readonly<Record<string, number>> = { en: 1, de: 2, fr: 4, es: 8 };
const EVERY_LANGUAGE = 0xff;
const LEVEL_RANGES: Readonly<Record<CourseLevel, readonly [number, number]>> = {
  BEGINNER: [0, 0.4],
  INTERMEDIATE: [0.3, 0.65],
  ADVANCED: [0.6, 0.9],
};

export function createCatalogue(options: CatalogueOptions, tree: SkillTree): Catalogue {
  const { seed, courseCount, fromMs, nowMs } = options;
  const drafts = draftCourses(courseCount, tree, new SeededRandom(seed, 'catalogue'));
  const successors: number[][] = drafts.map(() => []);
  drafts.forEach((draft, index) => {
    for (const prerequisite of draft.prerequisites) successors[prerequisite]?.push(index);
  });
  const lives = drawLives(drafts, successors, options);
  const ranks = new SeededRandom(seed, 'popularity').shuffled(drafts.map((_, index) => index));
  const popularity = new Float64Array(courseCount);
  const quality = new Float32Array(courseCount);
  const courses = drafts.map((draft, index): Course => {
    const random = new SeededRandom(seed, 'course', index);
    quality[index] = Math.min(1, Math.max(0, 0.6 + 0.18 * random.normal()));
    popularity[index] = draft.duty === null ? popularityOf(draft, ranks[index] ?? 0, courseCount) : 0;
    const life = lives[index] as CourseLife;
    const sessions = draft.kind === 'LIVE_SESSION' ? drawSessions(draft, life, random, fromMs, nowMs) : [];
    return {
      id: draft.id,
      title: draft.title,
      description: draft.description,
      kind: draft.kind,
      language: draft.language,
      provider: drawProvider(draft, tree, random),
      url: `https://learning.example/${draft.id}`,
      durationMinutes: draft.durationMinutes,
      level: draft.level,
      tags: tagsOf(draft, tree),
      publishedAt: new Date(life.publishedMs),
      retiredAt: Number.isFinite(life.retiredMs) ? new Date(life.retiredMs) : null,
      excludedFromRecommendations: life.excluded,
      skills: skillsOf(draft, tree, random),
      prerequisiteIds: draft.prerequisites.map((prerequisite) => drafts[prerequisite]?.id ?? ''),
      sessions,
      addedAt: new Date(life.publishedMs),
    };
  });
  return {
    courses,
    drafts,
    kindIndex: Uint8Array.from(drafts, ({ kind }) => KINDS.findIndex((traits) => traits.kind === kind)),
    skillIndex: Uint16Array.from(drafts, ({ skillIndex }) => skillIndex),
    levelFrom: Float32Array.from(courses, ({ skills }) => skills[0]?.levelFrom ?? 0),
    levelTo: Float32Array.from(courses, ({ skills }) => skills[0]?.levelTo ?? 0),
    minutes: Float32Array.from(drafts, ({ durationMinutes }) => durationMinutes),
    publishedMs: Float64Array.from(lives, ({ publishedMs }) => publishedMs),
    retiredMs: Float64Array.from(lives, ({ retiredMs }) => retiredMs),
    languageBits: Uint8Array.from(drafts, ({ language }) => LANGUAGE_BITS[language ?? ''] ?? EVERY_LANGUAGE),
    popularity,
    quality,
    prerequisites: drafts.map(({ prerequisites }) => prerequisites),
    successors,
    duties: drafts.flatMap(({ duty }, course) => (duty === null ? [] : [course])),
  };
}

/** A Zipf-like tail over a random order, steeper for kinds and levels that many people open. */
function popularityOf(draft: CourseDraft, rank: number, courseCount: number): number {
  const kindAppeal = KINDS.find(({ kind }) => kind === draft.kind)?.appeal ?? 1;
  const levelAppeal = draft.level === 'BEGINNER' ? 1.5 : draft.level === 'ADVANCED' ? 0.6 : 1;
  return (kindAppeal * levelAppeal) / (rank + 3 + 0.008 * courseCount) ** 0.8;
}

function drawProvider(draft: CourseDraft, tree: SkillTree, random: SeededRandom): string {
  const family = tree.entries[draft.skillIndex]?.area.family ?? 'PEOPLE';
  const weights = PROVIDERS.map((provider) => {
    const fits =
      (provider.families?.includes(family) ?? true) &&
      (provider.kinds?.includes(draft.kind) ?? true) &&
      (provider.language === null || provider.language === draft.language);
    return fits ? provider.share : 0;
  });
  return (draft.duty === null ? PROVIDERS[random.weighted(weights)] : PROVIDERS[0])?.name ?? '';
}

function tagsOf(draft: CourseDraft, tree: SkillTree): readonly string[] {
  const entry = tree.entries[draft.skillIndex];
  if (entry === undefined) return [];
  const tags = [slug(entry.area.name), slug(entry.words.name)];
  if (draft.durationMinutes <= 15) tags.push('micro-learning');
  if (draft.duty !== null) tags.push('mandatory');
  return [...new Set(tags)];
}

function skillsOf(draft: CourseDraft, tree: SkillTree, random: SeededRandom): readonly CourseSkill[] {
  const [from, to] = draft.level === null ? [0, 0.5] : LEVEL_RANGES[draft.level];
  const nudge = 0.05 * (random.below(3) - 1);
  const levelFrom = Math.max(0, hundredths(from + nudge));
  const levelTo = hundredths(to + nudge);
  const main = tree.entries[draft.skillIndex];
  if (main === undefined) return [];
  const skills = [{ skillId: main.id, levelFrom, levelTo }];
  // Longer pieces touch a second skill of the same area.
  if (draft.durationMinutes > 60 && random.chance(0.4)) {
    const other = random.pick(tree.entries.filter((entry) => entry.area === main.area && entry !== main));
    skills.push({ skillId: other.id, levelFrom, levelTo: hundredths((levelFrom + levelTo) / 2) });
  }
  return skills;
}

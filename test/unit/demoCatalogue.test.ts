import { describe, expect, test } from 'vitest';
import { COURSE_KINDS, type Course } from '../../src/catalog/course.js';
import { createDemoOrganisation, type DemoOrganisation } from '../../src/demo/organisation.js';

const NOW = new Date('2026-03-15T12:00:00Z');
const HISTORY_START_MS = NOW.getTime() - 366 * 86_400_000;

function organisation(courseCount: number): DemoOrganisation {
  return createDemoOrganisation({ seed: 11, learnerCount: 50, courseCount, now: NOW, months: 12 });
}

describe('the largest catalogue', () => {
  const { courses } = organisation(10_000);

  test('has 10,000 courses and never the same title or id, spelling and punctuation aside', () => {
    expect(courses).toHaveLength(10_000);
    const plain = (title: string): string => title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ');
    expect(new Set(courses.map(({ title }) => plain(title))).size).toBe(10_000);
    expect(new Set(courses.map(({ id }) => id)).size).toBe(10_000);
  });

  test('has titles that read as written by people: no placeholders, no serial numbers, no endless ones', () => {
    const isWellWritten = ({ title, description, id }: Course): boolean =>
      !/[{}]|undefined|null|\d{3,}|#\d/.test(title) &&
      title.length < 120 &&
      description !== null &&
      !/[{}]|undefined|null/.test(description) &&
      description.length > 20 &&
      description.length < 300 &&
      /^course-[a-z0-9]+(-[a-z0-9]+)*$/.test(id);
    expect(courses.filter((course) => !isWellWritten(course))).toEqual([]);
  });

  test('is mostly English, with some German, French and Spanish', () => {
    const share = (language: string): number =>
      courses.filter((course) => course.language === language).length / 10_000;
    expect(share('en')).toBeGreaterThan(0.75);
    for (const language of ['de', 'fr', 'es']) {
      expect(share(language)).toBeGreaterThan(0.02);
      expect(share(language)).toBeLessThan(0.1);
    }
  });
});

describe.each([40, 300, 2000])('a catalogue of %i', (courseCount) => {
  const { courses, skills, roles } = organisation(courseCount);
  const byId = new Map(courses.map((course) => [course.id, course]));
  const skillIds = new Set(skills.map(({ id }) => id));

  test('has courses of every kind, with durations to match', () => {
    expect(courses).toHaveLength(courseCount);
    expect(new Set(courses.map(({ kind }) => kind))).toEqual(new Set(COURSE_KINDS));
    const longest = (kind: Course['kind']): number =>
      Math.max(...courses.filter((course) => course.kind === kind).map(({ durationMinutes }) => durationMinutes ?? 0));
    expect(longest('ARTICLE')).toBeLessThanOrEqual(15);
    expect(longest('VIDEO')).toBeLessThanOrEqual(40);
    for (const { durationMinutes } of courses) expect(durationMinutes).toBeGreaterThan(0);
  });

  test('names only skills that exist, with levels that rise', () => {
    for (const { skills: taught } of courses) {
      expect(taught.length).toBeGreaterThan(0);
      for (const { skillId, levelFrom, levelTo } of taught) {
        expect(skillIds).toContain(skillId);
        expect(levelFrom).toBeGreaterThanOrEqual(0);
        expect(levelTo).toBeGreaterThan(levelFrom);
        expect(levelTo).toBeLessThanOrEqual(1);
      }
    }
  });

  test('builds chains: prerequisites come earlier in the list, are published no later and never retired', () => {
    const seen = new Set<string>();
    for (const { id, prerequisiteIds, publishedAt } of courses) {
      for (const needed of prerequisiteIds) {
        expect(seen).toContain(needed);
        expect(byId.get(needed)?.retiredAt).toBeNull();
        expect(byId.get(needed)?.publishedAt?.getTime()).toBeLessThanOrEqual(publishedAt?.getTime() ?? 0);
      }
      seen.add(id);
    }
    const depth = (course: Course): number =>
      1 + Math.max(0, ...course.prerequisiteIds.map((needed) => depth(byId.get(needed) as Course)));
    expect(Math.max(...courses.map(depth))).toBeGreaterThanOrEqual(3);
  });

  test('has retired, excluded, brand-new and scheduled courses, and duties for all languages', () => {
    const published = (from: number, to: number): number =>
      courses.filter(({ publishedAt }) => (publishedAt?.getTime() ?? 0) > from && (publishedAt?.getTime() ?? 0) <= to)
        .length;
    const retired = courses.filter(({ retiredAt }) => retiredAt !== null);
    expect(retired.length).toBeGreaterThan(0);
    for (const { publishedAt, retiredAt } of retired) {
      expect(retiredAt?.getTime()).toBeGreaterThan(publishedAt?.getTime() ?? 0);
      expect(retiredAt?.getTime()).toBeLessThanOrEqual(NOW.getTime());
    }
    expect(courses.some(({ excludedFromRecommendations }) => excludedFromRecommendations)).toBe(true);
    expect(published(0, HISTORY_START_MS)).toBeGreaterThan(courseCount / 2);
    expect(published(NOW.getTime() - 22 * 86_400_000, NOW.getTime())).toBeGreaterThan(0);
    expect(published(NOW.getTime(), Number.POSITIVE_INFINITY)).toBeGreaterThan(0);
    expect(
      courses.filter(({ tags, language }) => tags.includes('mandatory') && language === null).length,
    ).toBeGreaterThan(4);
  });

  test('dates live sessions on weekdays while the course is there, at least one of them ahead', () => {
    for (const { kind, sessions, retiredAt, publishedAt, durationMinutes } of courses) {
      if (kind !== 'LIVE_SESSION') expect(sessions).toHaveLength(0);
      for (const { startsAt, endsAt, capacity } of sessions) {
        expect([1, 2, 3, 4, 5]).toContain(startsAt.getUTCDay());
        expect(endsAt.getTime() - startsAt.getTime()).toBe((durationMinutes ?? 0) * 60_000);
        expect(startsAt.getTime()).toBeGreaterThan(publishedAt?.getTime() ?? 0);
        expect(capacity === null || capacity >= 8).toBe(true);
      }
      expect(new Set(sessions.map(({ id }) => id)).size).toBe(sessions.length);
      if (kind === 'LIVE_SESSION' && retiredAt === null) {
        expect(sessions.some(({ startsAt }) => startsAt > NOW)).toBe(true);
      }
    }
  });

  test('has a skill tree whose parents come first, and roles with needs from it', () => {
    const seen = new Set<string>();
    for (const { id, parentId } of skills) {
      if (parentId !== null) expect(seen).toContain(parentId);
      expect(seen).not.toContain(id);
      seen.add(id);
    }
    expect(skills.filter(({ parentId }) => parentId !== null).length).toBeGreaterThanOrEqual(120);
    expect(skills.filter(({ parentId }) => parentId === null).length).toBeGreaterThanOrEqual(15);
    expect(roles.length).toBeGreaterThanOrEqual(20);
    expect(new Set(roles.map(({ id }) => id)).size).toBe(roles.length);
    for (const { skills: needs } of roles) {
      expect(new Set(needs.map(({ skillId }) => skillId)).size).toBe(needs.length);
      for (const { skillId, targetLevel, importance } of needs) {
        expect(skillIds).toContain(skillId);
        for (const value of [targetLevel, importance]) {
          expect(value).toBeGreaterThan(0);
          expect(value).toBeLessThanOrEqual(1);
        }
      }
    }
  });
});

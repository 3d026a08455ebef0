import type { CourseKind } from '../catalog/course.js';

/** How one kind of course comes and how it is used. */
export interface KindTraits {
  readonly kind: CourseKind;
  /** Of the catalogue, in percent. */
  readonly share: number;
  /** Shortest and longest usual duration. */
  readonly minutes: readonly [number, number];
  /** How much oftener than its share it is opened. */
  readonly appeal: number;
}

/** The place of a kind in this list is its `kindIndex`. */
export const KINDS: readonly KindTraits[] = [
  { kind: 'COURSE', share: 36, minutes: [30, 420], appeal: 1 },
  { kind: 'VIDEO', share: 20, minutes: [5, 40], appeal: 1.4 },
  { kind: 'ARTICLE', share: 14, minutes: [4, 15], appeal: 1.2 },
  { kind: 'BOOK', share: 5, minutes: [180, 540], appeal: 0.5 },
  { kind: 'PODCAST', share: 6, minutes: [20, 55], appeal: 0.9 },
  { kind: 'ASSESSMENT', share: 5, minutes: [15, 60], appeal: 0.7 },
  { kind: 'LIVE_SESSION', share: 7, minutes: [60, 240], appeal: 0.8 },
  { kind: 'COACHING', share: 2, minutes: [240, 360], appeal: 0.4 },
  { kind: 'MENTORING', share: 2, minutes: [300, 600], appeal: 0.4 },
  { kind: 'PATH', share: 3, minutes: [360, 1800], appeal: 0.8 },
];

/** How many of `count` courses are of each kind, in the order of `KINDS`: at least one each, and `count` in all. */
export function kindCounts(count: number): number[] {
  const counts = KINDS.map(({ share }) => Math.max(1, Math.floor((count * share) / 100)));
  const given = counts.reduce((sum, kindCount) => sum + kindCount, 0);
  // Rounding goes to plain courses: they are the most, so they notice it least.
  counts[0] = (counts[0] ?? 0) + count - given;
  return counts;
}

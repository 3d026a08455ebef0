import { z } from 'zod';
import type { ActiveHours, OrganisationActivity } from '../../learners/activeHours.js';
import { HOURS_PER_WEEK } from '../../stats/circularWeek.js';
import type { WeekMixture } from '../../stats/weekMixture.js';
import type { Shrinkage } from './weekModel.js';

/** The groups that a person is in; null: not known. */
export interface GroupNames {
  readonly department: string | null;
  readonly location: string | null;
}

/** One person whose rhythm the model learns from. */
export interface TimingPerson extends GroupNames {
  readonly hours: ActiveHours;
}

export const GROUP_KINDS = ['DEPARTMENT', 'LOCATION'] as const;
export type GroupKind = (typeof GROUP_KINDS)[number];

/** What the people of a department or a location do; five of them at least. */
export interface TimingGroup {
  readonly kind: GroupKind;
  readonly name: string;
  readonly people: number;
  /** Length 168; each person counts for at most 20 hours. */
  readonly hourCounts: readonly number[];
  /** Sum of `hourCounts`. */
  readonly effectiveHours: number;
  /** Active hours per person and week; null when it was not kept. */
  readonly weeklyRate: number | null;
  /** Whether its week may be shown beside those of the other groups: see `toldGroups`. */
  readonly isTold: boolean;
}

/** Everything learnt from everyone about when people are active: plain numbers, stored as JSON with a model version. */
export interface TimingModel {
  readonly version: 1;
  /** ISO 8601, UTC. */
  readonly fittedAt: string;
  /** At least five people. */
  readonly organisation: OrganisationActivity & { readonly hourCounts: readonly number[] };
  /** Departments and locations of at least five active people. */
  readonly groups: readonly TimingGroup[];
  /** The typical weeks of people of the same rhythm. */
  readonly mixture: WeekMixture;
  /** What all of this is worth in hours of one's own. */
  readonly shrinkage: Shrinkage;
}

/**
 * Stored where fewer than five people were active: not a failure, after which what was learnt before would go on serving,
 * but the end of it.
 */
export interface NoTiming {
  readonly version: 1;
  /** ISO 8601, UTC. */
  readonly fittedAt: string;
  readonly organisation: null;
}

/** The groups that somebody is in and that are known. */
export function groupsFor(
  groups: readonly TimingGroup[],
  { department, location }: GroupNames,
): readonly TimingGroup[] {
  return groups.filter(({ kind, name }) => name === (kind === 'DEPARTMENT' ? department : location));
}

const week = z.array(z.number().nonnegative()).length(HOURS_PER_WEEK);
const stored = z.object({
  version: z.literal(1),
  fittedAt: z.string(),
  organisation: z.object({
    hourCounts: week,
    effectiveHours: z.number().positive(),
    people: z.number(),
    weeklyRate: z.number().nullable(),
  }),
  groups: z.array(
    z.object({
      kind: z.enum(GROUP_KINDS),
      name: z.string(),
      people: z.number(),
      hourCounts: week,
      effectiveHours: z.number().positive(),
      // Older releases kept neither.
      weeklyRate: z.number().nullable().default(null),
      isTold: z.boolean().default(false),
    }),
  ),
  mixture: z
    .object({ weights: z.array(z.number().positive()).min(1), shapes: z.array(week).min(1) })
    .refine(({ weights, shapes }) => weights.length === shapes.length),
  shrinkage: z.object({ pseudoHours: z.number().positive(), headStartHours: z.number().nonnegative() }),
});

/** A stored model; null for `NoTiming`, for what an older release stored, or for nothing. */
export function parseTimingModel(json: unknown): TimingModel | null {
  const parsed = stored.safeParse(json);
  return parsed.success ? parsed.data : null;
}

import { z } from 'zod';
import { type ActiveHours, type OrganisationActivity, poolActiveHours } from '../learners/activeHours.js';
import { HOURS_PER_WEEK, kernelForEvidence, smoothWeek } from '../stats/circularWeek.js';
import { createRandom } from '../stats/random.js';
import { fitWeekMixture, type WeekMixture } from '../stats/weekMixture.js';
import { MINIMUM_PEOPLE } from './weekModel.js';

const VERSION = 1;
const SEED = 1;
const ARCHETYPES = 12;
const ARCHETYPE_PSEUDO_HOURS = 40;
const EVIDENCE_POWER = 0.6;
/** Stored shares keep so many digits: a thousandth of an average cell. */
const SHARE_DIGITS = 6;

/** One person whose rhythm the model learns from. */
export interface TimingPerson {
  readonly hours: ActiveHours;
  readonly department: string | null;
  readonly location: string | null;
}

export interface TimingOptions {
  readonly fittedAt: Date;
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
  readonly effectiveHours: number;
}

/** Everything learnt from everyone about when people are active: plain numbers, stored as JSON with a model version. */
export interface TimingModel {
  readonly version: typeof VERSION;
  /** ISO 8601, UTC. */
  readonly fittedAt: string;
  readonly organisation: OrganisationActivity & { readonly hourCounts: readonly number[] };
  readonly groups: readonly TimingGroup[];
  readonly mixture: WeekMixture;
  readonly evidencePower: number;
  /** What the prior is worth in hours of one's own. */
  readonly pseudoHours: number;
}

/**
 * Learns the rhythm of an organisation from its people's.
 *
 * @returns null below five active people, whose weeks would give away single persons
 */
export function fitTiming(people: Iterable<TimingPerson>, { fittedAt }: TimingOptions): TimingModel | null {
  const everyone = [...people];
  const active = everyone.filter(({ hours }) => hours.effectiveHours > 0);
  if (active.length < MINIMUM_PEOPLE) return null;
  const organisation = poolActiveHours(everyone.map(({ hours }) => hours));
  const fit = fitWeekMixture(
    active.map(({ hours }) => smoothWeek(hours.hourCounts, kernelForEvidence(hours.effectiveHours))),
    {
      archetypes: ARCHETYPES,
      pseudoHours: ARCHETYPE_PSEUDO_HOURS,
      evidencePower: EVIDENCE_POWER,
      random: createRandom(SEED),
    },
  );
  if (fit === null) return null;
  return {
    version: VERSION,
    fittedAt: fittedAt.toISOString(),
    organisation: { ...organisation, hourCounts: Array.from(organisation.hourCounts, roundedShare) },
    groups: [...groupsOf(active, 'DEPARTMENT'), ...groupsOf(active, 'LOCATION')],
    mixture: {
      weights: fit.mixture.weights.map(roundedShare),
      shapes: fit.mixture.shapes.map((shape) => shape.map(roundedShare)),
    },
    evidencePower: EVIDENCE_POWER,
    pseudoHours: 8,
  };
}

function groupsOf(active: readonly TimingPerson[], kind: GroupKind): TimingGroup[] {
  const membersByName = new Map<string, TimingPerson[]>();
  for (const person of active) {
    const name = kind === 'DEPARTMENT' ? person.department : person.location;
    if (name === null) continue;
    const members = membersByName.get(name) ?? [];
    members.push(person);
    membersByName.set(name, members);
  }
  return [...membersByName]
    .flatMap(([name, members]): TimingGroup[] => {
      if (members.length < MINIMUM_PEOPLE) return [];
      const { hourCounts, effectiveHours } = poolActiveHours(members.map(({ hours }) => hours));
      return [{ kind, name, people: members.length, hourCounts: Array.from(hourCounts, roundedShare), effectiveHours }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function roundedShare(share: number): number {
  return Number(share.toFixed(SHARE_DIGITS));
}

const week = z.array(z.number().nonnegative()).length(HOURS_PER_WEEK);
const stored = z.object({
  version: z.literal(VERSION),
  fittedAt: z.string(),
  organisation: z.object({
    hourCounts: week,
    effectiveHours: z.number(),
    people: z.number(),
    weeklyRate: z.number().nullable(),
  }),
  groups: z.array(
    z.object({
      kind: z.enum(GROUP_KINDS),
      name: z.string(),
      people: z.number(),
      hourCounts: week,
      effectiveHours: z.number(),
    }),
  ),
  mixture: z.object({ weights: z.array(z.number().nonnegative()).min(1), shapes: z.array(week).min(1) }),
  evidencePower: z.number(),
  pseudoHours: z.number().positive(),
});

/** A stored model; null for what an older release stored, or for nothing. */
export function parseTimingModel(json: unknown): TimingModel | null {
  const parsed = stored.safeParse(json);
  return parsed.success ? parsed.data : null;
}

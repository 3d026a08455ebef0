import type { Channel, Device } from '../../learners/profileEvent.js';

/** What the organisation's habit is worth in uses of one's own. */
const PRIOR_PSEUDO_USES = 5;
/** What the organisation's median session is worth in sessions of one's own. */
const PRIOR_PSEUDO_SESSIONS = 5;

/** What is known of a learner, and of everyone. */
export interface OwnAndOrganisation<T> {
  readonly own: T;
  readonly organisation: T;
}

/** How often each device, or each channel, was used. Absent means never. */
export type UseCounts<T extends string> = Readonly<Partial<Record<T, number>>>;

export interface PreferredUse<T extends string> {
  readonly choice: T;
  /** 0–1: expected share of the learner's uses, shrunk to the organisation's. */
  readonly share: number;
  /** The learner's own uses of it, and of anything. */
  readonly ownUses: number;
  readonly ownTotal: number;
}

/**
 * What someone is most likely to use: shares of their own uses, shrunk to the organisation's.
 *
 * @param options all that count, in the order that breaks ties; `OTHER` counts but is never suggested, since nobody can act on it
 * @param except  count but are not to be suggested
 * @returns null when nothing that could be suggested was ever used
 */
export function preferredUse<T extends Device | Channel>(
  options: readonly T[],
  { own, organisation }: OwnAndOrganisation<UseCounts<T>>,
  except: readonly T[] = [],
): PreferredUse<T> | null {
  const countIn = (counts: UseCounts<T>, option: T) => counts[option] ?? 0;
  const totalOf = (counts: UseCounts<T>) => options.reduce((sum, option) => sum + countIn(counts, option), 0);
  const ownTotal = totalOf(own);
  const organisationTotal = totalOf(organisation);
  const priorWeight = organisationTotal > 0 ? PRIOR_PSEUDO_USES : 0;
  let best: PreferredUse<T> | null = null;
  for (const option of options) {
    if (option === 'OTHER' || except.includes(option)) continue;
    const prior = priorWeight > 0 ? (priorWeight * countIn(organisation, option)) / organisationTotal : 0;
    const weight = countIn(own, option) + prior;
    const share = weight > 0 ? weight / (ownTotal + priorWeight) : 0;
    if (share > (best?.share ?? 0)) best = { choice: option, share, ownUses: countIn(own, option), ownTotal };
  }
  return best;
}

/** How long sittings are. */
export interface SessionLengths {
  readonly sessions: number;
  readonly p50Minutes: number;
  readonly p75Minutes: number;
}

/**
 * The usual sitting of a person, shrunk to the organisation's. Quantiles are averaged as logarithms, since lengths
 * differ by factors.
 *
 * @returns null when neither is known
 */
export function usualSession({ own, organisation }: OwnAndOrganisation<SessionLengths | null>): SessionLengths | null {
  const ownSessions = own?.sessions ?? 0;
  if (own === null || ownSessions === 0) return organisation;
  if (organisation === null || organisation.sessions === 0) return own;
  const ownShare = ownSessions / (ownSessions + PRIOR_PSEUDO_SESSIONS);
  const blend = (mine: number, theirs: number) => mine ** ownShare * theirs ** (1 - ownShare);
  return {
    sessions: ownSessions,
    p50Minutes: blend(own.p50Minutes, organisation.p50Minutes),
    p75Minutes: blend(own.p75Minutes, organisation.p75Minutes),
  };
}

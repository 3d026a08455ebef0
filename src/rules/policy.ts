/** What can put a course ahead of another, in the order in which it is shown. */
export const SIGNALS = [
  'collaborative',
  'skillGap',
  'role',
  'peers',
  'search',
  'format',
  'length',
  'level',
  'language',
  'provider',
  'popularity',
  'trending',
  'freshness',
] as const;
export type SignalName = (typeof SIGNALS)[number];

/** How L&D wants lists to be made. */
export interface Policy {
  /** 0: nobody has changed the policy yet. */
  readonly version: number;
  /** Multiplies the fitted weight of each signal, 0 to 3; 0 switches it off, 1 leaves it as fitted. */
  readonly strengths: Readonly<Record<SignalName, number>>;
  /** 0: by score alone; 1: as varied as possible. */
  readonly diversity: number;
  /** Share of places given to new courses that have not had their chance, 0 to 0.2. */
  readonly explorationShare: number;
}

export const DEFAULT_POLICY: Policy = {
  version: 0,
  strengths: Object.fromEntries(SIGNALS.map((signal) => [signal, 1])) as Record<SignalName, number>,
  diversity: 0.3,
  explorationShare: 0.05,
};

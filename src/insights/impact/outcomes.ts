/** What somebody did in the time that they were watched. */
export interface OutcomeCounts {
  /** On courses of lists that they were served. */
  readonly clicks: number;
  readonly starts: number;
  /** Opened, began, went on with or ended a course. */
  readonly touches: number;
  /** Different courses that they completed or passed. */
  readonly completions: number;
  /** With courses. */
  readonly minutes: number;
  readonly dismissals: number;
  /** Messages sent to them by suggestions, and those of them that they opened. */
  readonly sent: number;
  readonly opened: number;
}

/** A figure of one person; null: they say nothing about it. */
export type OutcomeOf = (counts: OutcomeCounts) => number | null;

export const anyOf = (count: number): number => (count > 0 ? 1 : 0);

/** What each metric makes of what somebody did. */
export const OUTCOMES = {
  CLICK_RATE: ({ clicks }) => anyOf(clicks),
  START_RATE: ({ starts }) => anyOf(starts),
  COMPLETION_RATE: ({ completions }) => anyOf(completions),
  COMPLETIONS_PER_LEARNER: ({ completions }) => completions,
  LEARNING_MINUTES: ({ minutes }) => minutes,
  DISMISS_RATE: ({ dismissals }) => anyOf(dismissals),
  OPEN_RATE: ({ sent, opened }) => (sent === 0 ? null : opened / sent),
} as const satisfies Readonly<Record<string, OutcomeOf>>;

/** One watched person: what they did, and what they did in a time of the same length before. */
export interface Watched {
  /** What they were drawn with: themself, or their team. */
  readonly unitId: string;
  readonly after: OutcomeCounts;
  readonly before: OutcomeCounts;
}

/** Of units in one order. */
export interface Figures {
  readonly outcomes: Float64Array;
  readonly before: Float64Array;
}

/**
 * The figures of an arm, one per unit in the order in which units first come; the figure of a team is the mean of its
 * people. Whoever says nothing about the metric is left out; whoever said nothing about it before stands for 0 there.
 */
export function armFigures(people: readonly Watched[], outcomeOf: OutcomeOf): Figures {
  const units = new Map<string, { people: number; after: number; before: number }>();
  for (const { unitId, after, before } of people) {
    const figure = outcomeOf(after);
    if (figure === null) continue;
    const unit = units.get(unitId) ?? { people: 0, after: 0, before: 0 };
    unit.people += 1;
    unit.after += figure;
    unit.before += outcomeOf(before) ?? 0;
    units.set(unitId, unit);
  }
  const all = [...units.values()];
  return {
    outcomes: Float64Array.from(all, (unit) => unit.after / unit.people),
    before: Float64Array.from(all, (unit) => unit.before / unit.people),
  };
}

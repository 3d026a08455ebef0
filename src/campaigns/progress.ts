export interface MembersTally {
  readonly enrolled: number;
  readonly heldOut: number;
  readonly gone: number;
  readonly finished: number;
}

const REACHED = ['planned', 'sent', 'opened', 'started', 'completed'] as const;
type Reached = (typeof REACHED)[number];

/** People of one kind, of a step or of a week; the other is null. */
export interface StepTally {
  readonly step: number | null;
  /** The Monday it begins on, an ISO date. */
  readonly week: string | null;
  readonly kind: Reached;
  /** Null: several. */
  readonly courseId: string | null;
  readonly people: number;
}

/** How many people got so far; null: fewer than five. */
export type ReachedCounts = Readonly<Record<Reached, number | null>>;

export interface StepProgress extends ReachedCounts {
  readonly step: number;
  /** Null: not the same for all. */
  readonly courseId: string | null;
}

export interface WeekProgress extends ReachedCounts {
  readonly week: string;
}

export interface CampaignProgress {
  readonly enrolled: number | null;
  readonly heldOut: number | null;
  readonly gone: number | null;
  readonly finished: number | null;
  readonly steps: readonly StepProgress[];
  /** Weeks in which nothing happened are left out. */
  readonly weeks: readonly WeekProgress[];
}

/** @param tell a number of people as it may be shown, by the name of what it counts; null: it may not */
export function progressOf(
  members: MembersTally,
  tallies: readonly StepTally[],
  tell: (people: number, ...name: readonly (string | number)[]) => number | null,
): CampaignProgress {
  const countsOf = (own: readonly StepTally[], of: number | string): ReachedCounts => {
    const people = (kind: Reached) => tell(own.find((tally) => tally.kind === kind)?.people ?? 0, kind, of);
    return {
      planned: people('planned'),
      sent: people('sent'),
      opened: people('opened'),
      started: people('started'),
      completed: people('completed'),
    };
  };
  const steps = [...new Set(tallies.map(({ step }) => step))].filter((step) => step !== null).sort((a, b) => a - b);
  const weeks = [...new Set(tallies.map(({ week }) => week))].filter((week) => week !== null).sort();
  return {
    enrolled: tell(members.enrolled, 'enrolled'),
    heldOut: tell(members.heldOut, 'heldOut'),
    gone: tell(members.gone, 'gone'),
    finished: tell(members.finished, 'finished'),
    steps: steps.map((step) => {
      const own = tallies.filter((tally) => tally.step === step);
      return { step, courseId: own.find(({ kind }) => kind === 'planned')?.courseId ?? null, ...countsOf(own, step) };
    }),
    weeks: weeks
      .map((week) => ({
        week,
        ...countsOf(
          tallies.filter((tally) => tally.week === week),
          week,
        ),
      }))
      .filter((week) => REACHED.some((kind) => week[kind] !== null)),
  };
}

import type { Figure } from '../learners/fewPeople/audienceFigures.js';
import type { CampaignContent } from './campaign.js';

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
  readonly people: number;
}

/** How many people got so far; null: fewer than five. */
export type ReachedCounts = Readonly<Record<Reached, number | null>>;

export interface StepProgress extends ReachedCounts {
  readonly step: number;
  /** Null: on a path, where it need not be the same for all. */
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
  /** Without those of which nothing is told, so that they do not show that somebody got there; likewise the weeks. */
  readonly steps: readonly StepProgress[];
  readonly weeks: readonly WeekProgress[];
}

/** Whoever is in the audience and can be reached, as a figure of it. */
export const REACHABLE: Figure = { name: 'reachable' };

/** Of people in the audience, of whom it depends on everything that a campaign brings. */
export const ofAllCourses = (name: string, { courseIds, pathRoleId }: CampaignContent): Figure => ({
  name,
  parts: pathRoleId === null ? courseIds : [`path ${pathRoleId}`],
});

/** @param tell a number of people as it may be shown; null: it may not */
export function progressOf(
  members: MembersTally,
  tallies: readonly StepTally[],
  content: CampaignContent,
  tell: (people: number, figure: Figure) => number | null,
): CampaignProgress {
  const countsOf = (own: readonly StepTally[], figureOf: (kind: Reached) => Figure): ReachedCounts => {
    const people = (kind: Reached) => tell(own.find((tally) => tally.kind === kind)?.people ?? 0, figureOf(kind));
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
    enrolled: tell(members.enrolled, REACHABLE),
    heldOut: tell(members.heldOut, { name: 'heldOut' }),
    gone: tell(members.gone, { name: 'gone' }),
    finished: tell(members.finished, ofAllCourses('finished', content)),
    steps: steps
      .map((step) => {
        const own = tallies.filter((tally) => tally.step === step);
        // By what the campaign brings, and not by what those got who got so far.
        const courseId = content.pathRoleId === null ? (content.courseIds[step - 1] ?? null) : null;
        const figureOf = (kind: Reached): Figure => ({ name: `${kind}, step ${step}`, parts: [courseId ?? 'path'] });
        return { step, courseId, ...countsOf(own, figureOf) };
      })
      .filter((step) => REACHED.some((kind) => step[kind] !== null)),
    weeks: weeks
      .map((week) => ({
        week,
        ...countsOf(
          tallies.filter((tally) => tally.week === week),
          (kind) => ofAllCourses(`${kind}, week ${week}`, content),
        ),
      }))
      .filter((week) => REACHED.some((kind) => week[kind] !== null)),
  };
}

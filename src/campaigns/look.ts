import type { ToldOfMessage } from '../delivery/outcomes/outcomes.service.js';
import { type CourseState, isBegun, isCompleted } from '../learners/courseState.js';
import type { Learner } from '../learners/learner.js';
import { DAY_MS, HOUR_MS } from '../platform/zonedTime.js';
import type { RuleAudience } from '../rules/model/rule.js';
import type { CampaignContent, CampaignState } from './campaign.js';
import { type BroughtStep, type CampaignCourse, type CourseStanding, type NextStep, nextStep } from './nextStep.js';

/** Why a message is not to be sent any more. */
export type WithdrawnBecause = 'COMPLETED' | 'REPLACED' | 'NOT_OPEN' | 'LEFT' | 'PAUSED' | 'ENDED';

/** A message about one course to one person. */
export interface CampaignStep {
  readonly learnerId: string;
  readonly step: number;
  readonly courseId: string;
  readonly suggestionId: string;
  readonly startsAt: Date;
  /** What was seen of it so far; null: nothing yet. */
  readonly sentAt: Date | null;
  readonly openedAt: Date | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly withdrawnBecause: WithdrawnBecause | null;
}

export type Seen = Pick<CampaignStep, 'sentAt' | 'openedAt' | 'startedAt' | 'completedAt'>;

/** What is known of somebody who is looked at. */
export interface LookInputs {
  readonly now: Date;
  /** RUNNING: and its time has come. */
  readonly state: CampaignState;
  readonly content: Pick<CampaignContent, 'mode' | 'dripDays' | 'weeklyCap' | 'audience'>;
  readonly isHeldOut: boolean;
  readonly learner: Learner | null;
  /** All that were planned for them by this campaign, by step. */
  readonly steps: readonly CampaignStep[];
  /** What the campaign has for them, in order; asked for only when something may be planned. */
  readonly courses: () => Iterable<CampaignCourse>;
  readonly standing: (courseId: string) => CourseStanding;
  readonly courseState: (courseId: string) => CourseState | undefined;
  readonly told: ReadonlyMap<string, ToldOfMessage>;
  readonly stillPlanned: ReadonlySet<string>;
}

/** What is to be written down of somebody, and what is to be brought to them. */
export interface LookFindings {
  /** Whether the campaign is for them no more, or not now. */
  readonly hasLeft: boolean;
  readonly withdrawals: readonly { readonly step: CampaignStep; readonly because: WithdrawnBecause }[];
  readonly sightings: readonly { readonly step: CampaignStep; readonly seen: Seen }[];
  /** Null: nothing may be planned for them. */
  readonly next: NextStep | null;
  readonly nextLookAt: Date;
}

const LOOK_AGAIN_MS = HOUR_MS / 4;
/** Of those for whom nothing is to be done. */
const LOOK_LATER_MS = DAY_MS;

/** Withdrawn, and to be planned again when what stood against it is over. */
export function isReplaceable({ withdrawnBecause }: Pick<CampaignStep, 'withdrawnBecause'>): boolean {
  return withdrawnBecause !== null && withdrawnBecause !== 'COMPLETED' && withdrawnBecause !== 'REPLACED';
}

/** Who may be reached by campaigns at all. */
export function isReachable(learner: Learner | null): learner is Learner {
  return learner?.active === true && !learner.personalisationOptOut;
}

/**
 * The audience as it holds for those who are in. What people are short of and how long they have been there change while
 * they learn: both decide who comes in, and make nobody leave.
 */
export function lastingAudience(audience: RuleAudience): RuleAudience {
  return { ...audience, skillGap: null, hiredWithinDays: null };
}

/** What is to be done about one person. @param isIn whether the lasting audience holds for them */
export function lookAt(inputs: LookInputs, isIn: boolean): LookFindings {
  const { now, state, isHeldOut, content, steps } = inputs;
  const hasLeft = !isIn || !isReachable(inputs.learner);
  const sightings = sightingsOf(inputs);
  const seenBy = new Map(sightings.map(({ step, seen }) => [step, seen]));
  const isBrought = (step: CampaignStep) =>
    step.startsAt <= now || (seenBy.get(step)?.sentAt ?? step.sentAt) !== null || step.withdrawnBecause === 'REPLACED';
  const withdrawals = steps.flatMap((step) => {
    if (step.withdrawnBecause !== null || isBrought(step)) return [];
    const because = reasonToWithdraw(step, inputs, hasLeft);
    return because === null ? [] : [{ step, because }];
  });
  const mayPlan = state === 'RUNNING' && !hasLeft && !isHeldOut;
  if (!mayPlan) {
    const nextLookAt = new Date(now.getTime() + LOOK_LATER_MS);
    return { hasLeft, withdrawals, sightings, next: null, nextLookAt };
  }
  const gone = new Set(withdrawals.filter(({ because }) => because !== 'REPLACED').map(({ step }) => step));
  const replaced = new Set(withdrawals.map(({ step }) => step));
  const standing = steps
    .filter((step) => !gone.has(step) && !isReplaceable(step) && step.withdrawnBecause !== 'COMPLETED')
    .map((step): BroughtStep => {
      const { courseId, startsAt } = step;
      return {
        ...{ courseId, startsAtMs: startsAt.getTime() },
        isBrought: isBrought(step) || replaced.has(step),
        isSettled: inputs.standing(courseId) === 'SETTLED',
      };
    });
  const next = nextStep(inputs.courses(), standing, content, now.getTime());
  return { hasLeft, withdrawals, sightings, next, nextLookAt: nextLookOf(next, now) };
}

function nextLookOf(next: NextStep, now: Date): Date {
  if (next.kind === 'FINISHED') return new Date(now.getTime() + LOOK_LATER_MS);
  const againMs = now.getTime() + LOOK_AGAIN_MS;
  return new Date(next.kind === 'WAITING' && next.untilMs !== null ? Math.min(next.untilMs, againMs) : againMs);
}

function reasonToWithdraw(
  { suggestionId, courseId }: CampaignStep,
  { stillPlanned, standing, state }: LookInputs,
  hasLeft: boolean,
): WithdrawnBecause | null {
  if (!stillPlanned.has(suggestionId)) return 'REPLACED';
  if (standing(courseId) === 'SETTLED') return 'COMPLETED';
  if (hasLeft) return 'LEFT';
  if (state === 'PAUSED' || state === 'ENDED') return state;
  return standing(courseId) === 'CLOSED' ? 'NOT_OPEN' : null;
}

/** What is new of the messages: what was seen once stays. */
function sightingsOf({ now, steps, told, courseState }: LookInputs): LookFindings['sightings'] {
  return steps.flatMap((step) => {
    if (step.withdrawnBecause !== null) return [];
    const { sentAt = null, openedAt = null } = told.get(step.suggestionId) ?? {};
    const reachedMs = Math.min(step.startsAt.getTime(), sentAt?.getTime() ?? Number.POSITIVE_INFINITY);
    const state = reachedMs <= now.getTime() ? courseState(step.courseId) : undefined;
    const seen: Seen = {
      sentAt: step.sentAt ?? sentAt,
      openedAt: step.openedAt ?? openedAt,
      startedAt: step.startedAt ?? since(reachedMs, state === undefined ? [] : begunAtMs(state)),
      completedAt: step.completedAt ?? since(reachedMs, [state?.completedAtMs ?? null, state?.passedAtMs ?? null]),
    };
    const isNew = (Object.keys(seen) as (keyof Seen)[]).some((key) => seen[key] !== null && step[key] === null);
    return isNew ? [{ step, seen }] : [];
  });
}

/** When a course that is under way was last touched: soon after it was begun, since people are looked at often. */
const begunAtMs = (state: CourseState): readonly number[] =>
  isBegun(state) || isCompleted(state) ? [state.lastAtMs] : [];

function since(fromMs: number, timesMs: readonly (number | null)[]): Date | null {
  const later = timesMs.filter((atMs): atMs is number => atMs !== null && atMs >= fromMs);
  return later.length === 0 ? null : new Date(Math.min(...later));
}

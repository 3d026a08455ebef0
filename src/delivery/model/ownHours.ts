import {
  type ActiveHours,
  activeHours,
  type OrganisationActivity,
  poolActiveHours,
} from '../../learners/activeHours.js';
import { localHourOfWeek } from '../../platform/zonedTime.js';
import { HOURS_PER_WEEK } from '../../stats/circularWeek.js';
import { exposureWeights, type MessageExposure, promptedHours } from './exposure.js';
import {
  chainPrior,
  DEFAULT_WORKING_HOURS,
  defaultLevel,
  expectedShare,
  MINIMUM_PEOPLE,
  organisationLevel,
  type WeekModel,
  type WeekPrior,
  weeklyRate,
  weekModel,
} from './weekModel.js';

/** Somebody whose hours are placed on their week, and what we sent them. */
export interface ObservedPerson {
  readonly zone: string;
  /** UTC clock hours in which the person did something, as the instants they begin at. */
  readonly activeHoursMs: readonly number[];
  /** Since when activity would have been seen; null: not known. */
  readonly observedSince: Date | null;
  /** Messages of ours: activity that they caused tells less of the person's own rhythm. */
  readonly deliveries: readonly MessageExposure[];
}

/** What is expected of anybody. */
export interface Expected {
  readonly prior: WeekPrior;
  /** Active hours a week; null: not known. */
  readonly weeklyRate: number | null;
}

/** A person's hours by their local clock, with those that our messages may have caused counting for less. */
export function ownHours(person: ObservedPerson, now: Date, expected: Expected): ActiveHours {
  const deliveries = sentBy(person, now);
  const unprompted = unpromptedHours(person, now);
  if (promptedHours(person.activeHoursMs, deliveries).size === 0) return unprompted;
  const model = weekModel(unprompted, expected.prior);
  const rate = weeklyRate(unprompted, expected.weeklyRate);
  const hoursPerWeek = rate.shape / rate.weeks;
  const weights = exposureWeights(
    person.activeHoursMs,
    deliveries,
    (hourMs) => -Math.expm1(-hoursPerWeek * shareAbout(model, localHourOfWeek(hourMs, person.zone))),
    now.getTime(),
  );
  return placed(person, person.activeHoursMs, now, weights);
}

/**
 * The share of activity expected in a cell or next to it: weeks are blurred by more than an hour, and who would have come
 * an hour later anyway was moved by a message, not made to come.
 */
function shareAbout(model: WeekModel, cell: number): number {
  const cells = [cell - 1, cell, cell + 1].map((near) => (near + HOURS_PER_WEEK) % HOURS_PER_WEEK);
  return cells.reduce((sum, near) => sum + expectedShare(model, near), 0);
}

/**
 * The hours of many people, as `ownHours` has those of one; a step is one person. What is expected of anybody is what
 * they did without a message of ours: else an hour that everyone is mailed in would become everyone's own.
 */
export function* ownHoursInSteps(
  people: readonly ObservedPerson[],
  now: Date,
): Generator<void, readonly ActiveHours[]> {
  const hours: ActiveHours[] = [];
  for (const person of people) {
    hours.push(unpromptedHours(person, now));
    yield;
  }
  const expected = expectedOfAnybody(poolActiveHours(hours));
  for (const [i, person] of people.entries()) {
    if (sentBy(person, now).length === 0) continue;
    hours[i] = ownHours(person, now, expected);
    yield;
  }
  return hours;
}

function expectedOfAnybody(organisation: OrganisationActivity): Expected {
  const level = organisationLevel(organisation);
  const usual = defaultLevel(DEFAULT_WORKING_HOURS);
  return {
    prior: chainPrior(level === null ? [usual] : [level, usual]),
    weeklyRate: organisation.people >= MINIMUM_PEOPLE ? organisation.weeklyRate : null,
  };
}

/** The hours that no message of ours can have caused. */
function unpromptedHours(person: ObservedPerson, now: Date): ActiveHours {
  const prompted = promptedHours(person.activeHoursMs, sentBy(person, now));
  const hours = prompted.size === 0 ? person.activeHoursMs : person.activeHoursMs.filter((ms) => !prompted.has(ms));
  return placed(person, hours, now);
}

/** Messages that are planned tell nothing yet. */
function sentBy({ deliveries }: ObservedPerson, now: Date): readonly MessageExposure[] {
  return deliveries.filter(({ sentAtMs }) => sentAtMs <= now.getTime());
}

function placed(
  { zone, observedSince }: ObservedPerson,
  hourStartsMs: readonly number[],
  now: Date,
  weights?: ReadonlyMap<number, number>,
): ActiveHours {
  const observedSinceMs = observedSince?.getTime() ?? null;
  return activeHours({ hourStartsMs, zone, nowMs: now.getTime(), observedSinceMs, ...(weights && { weights }) });
}

import { grouped } from '../../platform/grouped.js';
import { atOnce } from '../../platform/turns/turns.js';
import { HOUR_MS } from '../../platform/zonedTime.js';
import type { DeliveryInputs } from './deliveryInputs.js';
import type { DeliverySuggestion, SittingPlan } from './deliverySuggestion.js';
import { describeSuggestion } from './describeWindows.js';
import type { CourseFit } from './fit.js';
import { type Pick, pickerOf } from './pickWindows.js';
import type { Slot } from './prospects.js';
import { planSittings } from './sittingPlan.js';
import { spreadOverTeams, type TeamLimit, type TeamPerson, type TeamPlace, teamLimit } from './spreadOverTeams.js';
import { OwnRoom, type Span, TeamLoad, takenBy } from './teamLoad.js';
import { type Candidate, sharedHours, type WeighedHours, weighHours } from './weighHours.js';

const MINUTE_MS = 60_000;

/** What is known of teams beside the people that are asked about. */
export interface TeamStanding {
  /** People of each team. Where it is not said, those asked about are the team. */
  readonly sizes: ReadonlyMap<string, number>;
  /** A stretch of time for each message that is planned for one of them. */
  readonly taken: readonly (Span & { readonly team: string })[];
}

const NOBODY_ELSE: TeamStanding = { sizes: new Map(), taken: [] };

/**
 * When, where and how to reach each of some learners with a course. Every full hour of the local clock in the horizon that no
 * constraint rules out is a candidate; they are ranked by the probability that the learner is active then, those first
 * that hold the sitting. At most two windows lie on one day, none next to another, and not all on one day where another
 * is allowed. Now and then the first window is one that is tried out: see `firstChoice`. Constraints are never bent: when
 * they leave nothing, the outcome is NO_WINDOW with the reason.
 *
 * Answers come in the order given, and are spread so that no window ever holds more than its share of a team: of the
 * people of one department. All windows that are suggested count, not only the best ones, for as long as the
 * course lasts where they hold it, and so do the sittings of a course that is too long for one, and what is planned for
 * the team already.
 * Who finds none left, because the team has taken them all, is told so.
 *
 * @param everyone  inputs of one campaign; each keeps its own constraints
 * @param standing  the rest of the teams: who belongs to them, and who of them is planned for what time already
 * @throws RangeError when the zone or a date is not known, or `horizonDays` or `count` is out of range
 */
export function suggestCampaign(
  everyone: Iterable<DeliveryInputs>,
  limit: TeamLimit,
  standing: TeamStanding = NOBODY_ELSE,
): readonly DeliverySuggestion[] {
  return atOnce(suggestCampaignInSteps(everyone, limit, standing));
}

/** The same, yielding all the while so that other work may go on in between. */
export function* suggestCampaignInSteps(
  everyone: Iterable<DeliveryInputs>,
  limit: TeamLimit,
  standing: TeamStanding = NOBODY_ELSE,
): Generator<void, readonly DeliverySuggestion[]> {
  const hoursOf = sharedHours();
  const weighed: WeighedHours[] = [];
  const people: TeamPerson<Pick>[] = [];
  for (const inputs of everyone) {
    const person = weighHours(inputs, hoursOf);
    weighed.push(person);
    people.push({
      id: inputs.learnerId,
      // As given: opting out of personalisation does not take anybody out of their team.
      team: inputs.group.department,
      slots: slotsOf(person),
      count: inputs.count,
      pick: pickerOf(person),
    });
    yield;
  }
  const places = teamPlaces(people, limit, standing);
  const loads = teamLoads(weighed, places, standing);
  const picks = yield* spreadOverTeams(people, loads);
  const plans = yield* sittingPlans(weighed, people, picks, loads);
  const suggestions: DeliverySuggestion[] = [];
  for (const [i, person] of weighed.entries()) {
    const team = places.get(people[i]?.team ?? null) ?? null;
    suggestions.push(describeSuggestion(person, picks[i] ?? [], team, plans[i] ?? null));
    yield;
  }
  return suggestions;
}

/** Once everyone has their windows, the room that is left goes to what does not fit into one, in the order of ids. */
function* sittingPlans(
  weighed: readonly WeighedHours[],
  people: readonly TeamPerson<Pick>[],
  picks: readonly (readonly Pick[])[],
  loads: ReadonlyMap<string | null, TeamLoad>,
): Generator<void, readonly (SittingPlan | null)[]> {
  const plans = weighed.map((): SittingPlan | null => null);
  const idOf = (i: number) => people[i]?.id ?? '';
  const byId = [...people.keys()].sort((a, b) => (idOf(a) < idOf(b) ? -1 : idOf(a) > idOf(b) ? 1 : a - b));
  for (const i of byId) {
    const { ranked, fit } = weighed[i] as WeighedHours;
    const picked = (picks[i] ?? []).map(({ slot }) => ranked[slot] as Candidate);
    const [best] = picked;
    if (best === undefined || fit.windowOf(best.runMinutes).format !== 'SITTING') continue;
    const taken = picked.map((candidate) => spanOf(candidate, fit));
    const room = new OwnRoom(loads.get(people[i]?.team ?? null) ?? null, taken);
    plans[i] = planSittings(weighed[i] as WeighedHours, picks[i]?.[0]?.slot ?? 0, room);
    yield;
  }
  return plans;
}

/** The hours to choose from, each for as long as it takes somebody up. */
function slotsOf({ ranked, fit }: WeighedHours): readonly Slot[] {
  // Where no window takes longer than its hour, the candidates are slots as they are: there are hundreds for each person.
  if (fit.windowOf(Number.POSITIVE_INFINITY).spentMinutes <= HOUR_MS / MINUTE_MS) return ranked;
  return ranked.map((candidate) => ({ hour: spanOf(candidate, fit), probability: candidate.probability }));
}

function spanOf({ hour, runMinutes }: Candidate, fit: CourseFit): Span {
  return takenBy(hour, fit.windowOf(runMinutes).spentMinutes);
}

/** The teams that are limited. */
function teamPlaces(
  people: readonly { readonly team: string | null }[],
  limit: TeamLimit,
  { sizes }: TeamStanding,
): ReadonlyMap<string | null, TeamPlace> {
  const places = new Map<string | null, TeamPlace>();
  for (const [team, { length }] of grouped(people, (person) => person.team)) {
    if (team === null) continue;
    const size = Math.max(length, sizes.get(team) ?? 0);
    const most = teamLimit(size, limit);
    if (most !== null) places.set(team, { people: size, limit: most });
  }
  return places;
}

/** Room for each team that is limited, over the whole time that anybody could be reached in. */
function teamLoads(
  weighed: readonly WeighedHours[],
  places: ReadonlyMap<string | null, TeamPlace>,
  { taken }: TeamStanding,
): ReadonlyMap<string | null, TeamLoad> {
  const range = {
    startMs: weighed.reduce((first, { horizon }) => Math.min(first, horizon.startMs), Number.POSITIVE_INFINITY),
    endMs: weighed.reduce((last, { horizon }) => Math.max(last, horizon.endMs), Number.NEGATIVE_INFINITY),
  };
  const loads = new Map([...places].map(([team, { limit }]) => [team, new TeamLoad(limit, range)]));
  for (const span of taken) loads.get(span.team)?.add(span);
  return loads;
}

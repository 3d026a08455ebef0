import type { DeliveryInputs } from './deliveryInputs.js';
import type { DeliverySuggestion } from './deliverySuggestion.js';
import { describeSuggestion } from './describeWindows.js';
import { type Pick, pickerOf } from './pickWindows.js';
import { spreadOverTeams, type TeamLimit, type TeamPerson, type TeamPlace, teamLimit } from './spreadOverTeams.js';
import { fullHours, sharedHours, type WeighedHours, weighHours } from './weighHours.js';

/** For one person there is no team to spread over. */
const NO_LIMIT: TeamLimit = { teamShare: 1, teamShareFrom: 1 };

/**
 * When, where and how to reach a learner with a course. Every full hour of the local clock in the horizon that no
 * constraint rules out is a candidate; they are ranked by the probability that the learner is active then, those first
 * that hold the sitting. At most two windows lie on one day, none next to another, and not all on one day where another
 * is allowed. Now and then the first window is one that is tried out: see `firstChoice`. Constraints are never bent: when
 * they leave nothing, the outcome is NO_WINDOW with the reason.
 *
 * @throws RangeError when the zone or a date is not known, or `horizonDays` or `count` is out of range
 */
export function suggestWindows(inputs: DeliveryInputs): DeliverySuggestion {
  const weighed = weighHours(inputs, fullHours);
  const { ranked } = weighed;
  const person = { id: inputs.learnerId, team: null, slots: ranked, count: inputs.count, pick: pickerOf(weighed) };
  const [picks = []] = spreadOverTeams([person], NO_LIMIT);
  return describeSuggestion(weighed, picks, null);
}

/**
 * The same for everyone of a campaign, in the order given, spread so that no window ever holds more than its share of a
 * team: of the people of one department among those given. All windows that are suggested count, not only the best ones.
 * Who finds none left, because the team has taken them all, is told so.
 *
 * @param everyone  inputs of one campaign; each keeps its own constraints
 * @throws RangeError as `suggestWindows`
 */
export function suggestCampaign(everyone: readonly DeliveryInputs[], limit: TeamLimit): readonly DeliverySuggestion[] {
  const steps = suggestCampaignInSteps(everyone, limit);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same, yielding after every person so that other work may go on in between. */
export function* suggestCampaignInSteps(
  everyone: Iterable<DeliveryInputs>,
  limit: TeamLimit,
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
      slots: person.ranked,
      count: inputs.count,
      pick: pickerOf(person),
    });
    yield;
  }
  const picks = spreadOverTeams(people, limit);
  yield;
  const teamOf = teamPlaces(people, limit);
  const suggestions: DeliverySuggestion[] = [];
  for (const [i, person] of weighed.entries()) {
    suggestions.push(describeSuggestion(person, picks[i] ?? [], teamOf(people[i]?.team ?? null)));
    yield;
  }
  return suggestions;
}

function teamPlaces(
  people: readonly { readonly team: string | null }[],
  limit: TeamLimit,
): (team: string | null) => TeamPlace | null {
  const sizes = new Map<string, number>();
  for (const { team } of people) if (team !== null) sizes.set(team, (sizes.get(team) ?? 0) + 1);
  return (team) => {
    const size = team === null ? 0 : (sizes.get(team) ?? 0);
    const most = teamLimit(size, limit);
    return most === null || team === null ? null : { people: size, limit: most };
  };
}

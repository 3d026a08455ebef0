import type { CoarseFigures } from '../../learners/fewPeople/coarseFigures.js';
import { localHours } from '../../platform/zonedTime.js';
import type { DeliverySuggestion, DeliveryWindow, NoWindowReason } from '../windows/deliverySuggestion.js';

export type NoWindowCode = NoWindowReason['code'];

/** How many people find no window, by what leaves them none. */
export interface NoWindowCount {
  readonly code: NoWindowCode;
  readonly before: number;
  readonly after: number;
}

/** What another delivery policy makes of the first window of each of some people; all but `people` count some of them. */
export interface PolicyImpact {
  readonly people: number;
  readonly suggestedBefore: number;
  readonly suggestedAfter: number;
  /** They had a window, and have none. */
  readonly lost: number;
  /** They had none, and have one. */
  readonly gained: number;
  /** They have one as before, which begins at another time; on another day; on another channel; on another device. */
  readonly otherWindow: number;
  readonly otherDay: number;
  readonly otherChannel: number;
  readonly otherDevice: number;
  /** In the order of their codes; those that keep nobody from a window are left out. */
  readonly noWindow: readonly NoWindowCount[];
}

type Answer = Pick<DeliverySuggestion, 'windows' | 'noWindowReason' | 'zone'>;

/** @param before answers for the same people in the same order as `after` */
export function policyImpact(before: readonly Answer[], after: readonly Answer[]): PolicyImpact {
  const pairs = before.map((was, i) => ({ was, is: after[i] as Answer }));
  const both = pairs.flatMap(({ was, is }) => {
    const [from, to] = [was.windows[0], is.windows[0]];
    return from === undefined || to === undefined ? [] : [{ from, to, zone: is.zone }];
  });
  const having = (answers: readonly Answer[]) => answers.filter(({ windows }) => windows.length > 0).length;
  const [suggestedBefore, suggestedAfter] = [having(before), having(after)];
  const differing = (differ: (one: (typeof both)[number]) => boolean) => both.filter(differ).length;
  return {
    people: before.length,
    ...{ suggestedBefore, suggestedAfter },
    lost: suggestedBefore - both.length,
    gained: suggestedAfter - both.length,
    otherWindow: differing(({ from, to }) => from.startsAt.getTime() !== to.startsAt.getTime()),
    otherDay: differing(({ from, to, zone }) => localDayOf(from, zone) !== localDayOf(to, zone)),
    otherChannel: differing(({ from, to }) => from.channel?.choice !== to.channel?.choice),
    otherDevice: differing(({ from, to }) => from.device?.choice !== to.device?.choice),
    noWindow: noWindowCounts(before, after),
  };
}

/** Days from 1 January 1970 to the local date of the beginning. */
function localDayOf({ startsAt, endsAt }: DeliveryWindow, zone: string): number | null {
  const [hour] = localHours(startsAt.getTime(), endsAt.getTime(), zone);
  return hour?.localDay ?? null;
}

function noWindowCounts(before: readonly Answer[], after: readonly Answer[]): NoWindowCount[] {
  const codesOf = (answers: readonly Answer[]) => answers.flatMap(({ noWindowReason }) => noWindowReason?.code ?? []);
  const [was, is] = [codesOf(before), codesOf(after)];
  return [...new Set([...was, ...is])].sort().map((code) => ({
    code,
    before: was.filter((one) => one === code).length,
    after: is.filter((one) => one === code).length,
  }));
}

/** The same as those may be told it who must not learn of single people. */
export function coarseImpact({ noWindow, people, ...counts }: PolicyImpact, figures: CoarseFigures): PolicyImpact {
  const shown = figures.count(people);
  // More than there are would only be puzzling.
  const among = (count: number) => Math.min(shown, figures.count(count));
  return {
    people: shown,
    suggestedBefore: among(counts.suggestedBefore),
    suggestedAfter: among(counts.suggestedAfter),
    lost: among(counts.lost),
    gained: among(counts.gained),
    otherWindow: among(counts.otherWindow),
    otherDay: among(counts.otherDay),
    otherChannel: among(counts.otherChannel),
    otherDevice: among(counts.otherDevice),
    noWindow: noWindow
      .map(({ code, before, after }) => ({ code, before: among(before), after: among(after) }))
      .filter(({ before, after }) => before + after > 0),
  };
}

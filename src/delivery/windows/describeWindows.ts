import type { LiveSession } from '../../catalog/course.js';
import type { Channel } from '../../learners/profileEvent.js';
import { remembered } from '../../platform/remembered.js';
import { DAY_MS, type LocalHour, localLabel } from '../../platform/zonedTime.js';
import { probabilityActive } from '../model/weekModel.js';
import { mutedChannelsAt } from './contactLimits.js';
import type {
  AppliedConstraint,
  CommonSlot,
  DeliverySuggestion,
  DeliveryWindow,
  NoWindowReason,
  SittingPlan,
} from './deliverySuggestion.js';
import { type SuggestedChannel, suggestedChannel, suggestedDevice } from './messageChoice.js';
import type { Pick } from './pickWindows.js';
import { reasonsFor } from './reasons.js';
import type { TeamPlace } from './spreadOverTeams.js';
import { type Candidate, type WeighedHours, withoutRounding } from './weighHours.js';

const MINUTE_MS = 60_000;

/**
 * The answer in full, for the hours that were picked.
 *
 * @param picks best first; empty where none was found
 * @param team  null outside a campaign and where nothing limits the team
 * @param sittingPlan null where the best window holds the course, or there is none
 */
export function describeSuggestion(
  weighed: WeighedHours,
  picks: readonly Pick[],
  team: TeamPlace | null,
  sittingPlan: SittingPlan | null,
): DeliverySuggestion {
  const { inputs, belief, fit, ranked, horizon } = weighed;
  const { rate, model } = belief;
  const channelAt = channelsOf(weighed);
  const device = suggestedDevice(inputs);
  const common = bestBy(ranked, belief.commonWeek);
  const windows = picks.length === 0 ? [] : describeWindows(weighed, picks, team, { channelAt, device, common });
  const [best] = windows;
  const lastStartMs = windows.reduce((latest, w) => Math.max(latest, w.startsAt.getTime()), 0);
  return {
    outcome: best === undefined ? 'NO_WINDOW' : 'SUGGESTED',
    windows,
    noWindowReason: best === undefined ? whyNoWindow(weighed, team) : null,
    commonSlot: best === undefined || common === null ? null : commonSlot(common, inputs.zone),
    zone: inputs.zone,
    isZoneAssumed: inputs.isZoneAssumed,
    basis: model.basis,
    weeklyActiveHours: rate.shape / rate.weeks,
    constraintsApplied: [...weighed.applied, ...teamConstraint(weighed, picks, team), ...assumedZone(weighed)],
    device,
    channel: best === undefined ? channelAt(horizon.startMs).channel : best.channel,
    maxMinutes: fit.maxMinutes,
    sittings: fit.sittings,
    sittingPlan,
    expiresAt: new Date(lastStartMs > 0 ? lastStartMs : horizon.startMs + DAY_MS),
  };
}

type ChannelAt = (instantMs: number) => {
  readonly channel: SuggestedChannel | null;
  readonly muted: readonly Channel[];
};

/** The channel to take at an instant; worked out once for each set of mutes. */
function channelsOf({ inputs }: WeighedHours): ChannelAt {
  const known = new Map<string, ReturnType<ChannelAt>>();
  return (instantMs) => {
    const muted = mutedChannelsAt(inputs.mutes, inputs.course.id, instantMs);
    const key = muted.join();
    const answer = known.get(key) ?? { channel: suggestedChannel(inputs, muted), muted };
    known.set(key, answer);
    return answer;
  };
}

/** What all windows of an answer have in common. */
interface Shared {
  readonly channelAt: ChannelAt;
  readonly device: DeliveryWindow['device'];
  readonly common: Candidate | null;
}

function describeWindows(
  weighed: WeighedHours,
  picks: readonly Pick[],
  team: TeamPlace | null,
  { channelAt, device, common }: Shared,
): readonly DeliveryWindow[] {
  const { inputs, belief, fit, ranked, sessions } = weighed;
  const { zone } = inputs;
  const reasons = reasonsFor(weighed, team);
  return picks.map((pick, index) => {
    const { hour, probability, runMinutes } = ranked[pick.slot] as Candidate;
    const session = nextSession(sessions, hour.endMs);
    const { low, high } = probabilityActive(belief.model, belief.rate, hour.hourOfWeek);
    const { channel, muted } = channelAt(hour.startMs);
    const { format, maxMinutes } = fit.windowOf(runMinutes);
    return {
      rank: index + 1,
      ...spanOf(hour, zone),
      probabilityActive: probability,
      probabilityLow: low,
      probabilityHigh: high,
      lift: probability / (common?.probability ?? probability),
      channel,
      mutedChannels: muted,
      device,
      format,
      maxMinutes,
      sessionId: session?.id ?? null,
      isExploration: pick.isExploration,
      propensity: pick.propensity,
      expiresAt: expiryOf(hour, runMinutes, format === 'INVITATION' ? null : maxMinutes),
      reasons: reasons(hour, session, pick),
    };
  });
}

/**
 * The end of the hour, or before it where a sitting that begins later would run past the allowed time: where that is just
 * enough, the start.
 */
function expiryOf({ startMs, endMs }: LocalHour, runMinutes: number, sittingMinutes: number | null): Date {
  const lastStartMs = startMs + (runMinutes - (sittingMinutes ?? 0)) * MINUTE_MS;
  return new Date(Math.min(endMs, lastStartMs));
}

const sharesOf = remembered((week: Float64Array) => week.map(withoutRounding));

/** The candidate with the highest share of a week, the earliest among equals; null when there is none. */
function bestBy(candidates: readonly Candidate[], week: Float64Array): Candidate | null {
  const shares = sharesOf(week);
  let best: Candidate | null = null;
  let highest = Number.NEGATIVE_INFINITY;
  for (const candidate of candidates) {
    const { hourOfWeek, startMs } = candidate.hour;
    const share = shares[hourOfWeek] ?? 0;
    if (share < highest || (share === highest && best !== null && startMs > best.hour.startMs)) continue;
    best = candidate;
    highest = share;
  }
  return best;
}

function commonSlot({ hour, probability }: Candidate, zone: string): CommonSlot {
  return { ...spanOf(hour, zone), probabilityActive: probability };
}

function spanOf(hour: LocalHour, zone: string): { startsAt: Date; endsAt: Date; label: string } {
  return {
    startsAt: new Date(hour.startMs),
    endsAt: new Date(hour.endMs),
    label: localLabel(hour.startMs, hour.endMs, zone),
  };
}

function nextSession(sessions: readonly LiveSession[], afterMs: number): LiveSession | null {
  const ahead = sessions.filter((s) => s.startsAt.getTime() >= afterMs);
  return ahead.toSorted((a, b) => a.startsAt.getTime() - b.startsAt.getTime() || (a.id < b.id ? -1 : 1))[0] ?? null;
}

function assumedZone({ inputs: { isZoneAssumed, zone } }: WeighedHours): readonly AppliedConstraint[] {
  if (!isZoneAssumed) return [];
  const text = `Your time zone is not known, so times are those of your organisation, ${zone}.`;
  return [{ code: 'ASSUMED_ZONE', text, hoursRuledOut: 0 }];
}

function teamConstraint(
  { ranked }: WeighedHours,
  picks: readonly Pick[],
  team: TeamPlace | null,
): readonly AppliedConstraint[] {
  if (team === null) return [];
  const hoursRuledOut = picks[0]?.closed ?? ranked.length;
  return [{ code: 'TEAM_SPREAD', text: `${teamWords(team)} in one window.`, hoursRuledOut }];
}

function teamWords({ people, limit }: TeamPlace): string {
  return `At most ${limit} of the ${people} people of your team`;
}

function whyNoWindow({ hours, constraints, ranked }: WeighedHours, team: TeamPlace | null): NoWindowReason {
  if (hours.length === 0) {
    return { code: 'HORIZON_TOO_SHORT', text: 'The time to choose from holds no full hour of the clock.' };
  }
  if (ranked.length > 0 && team !== null) {
    const text = `${teamWords(team)} may come in one window, and the places of every hour that is left to you are taken.`;
    return { code: 'TEAM_SPREAD', text };
  }
  const alone = constraints.find(({ allows }) => !hours.some(allows));
  if (alone !== undefined) return { code: alone.code, text: alone.exhaustedText };
  return {
    code: 'CONSTRAINTS_TOGETHER',
    text: `No full hour is left by these together: ${constraints.map(({ text }) => text).join(' ')}`,
  };
}

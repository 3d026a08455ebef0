import { WEEKDAYS, type Weekday } from '../../learners/learner.js';
import { HOURS_PER_WEEK } from '../../stats/circularWeek.js';
import type { Belief } from '../model/belief.js';
import { BASIS_SOURCES, type Basis, type BasisSource, expectedShare } from '../model/weekModel.js';
import { type HeatMapPanel, renderWeekHeatMap } from './weekHeatMap.js';

/** Finer shares would come close to the exact week of the learner's group. */
const STEPS_PER_SHARE = 1_000;

/** One hour of the local week; shares come in steps of 0.001. */
export interface WeekCell {
  readonly weekday: Weekday;
  /** 0–23. */
  readonly hour: number;
  /** Share of the learner's own activity, smoothed, 0–1; null: none is known or may be used. */
  readonly own: number | null;
  /** The same of people of a like rhythm; null: they are not known. */
  readonly peers: number | null;
  /** The same of all that is known together; over the week it sums to 1, but for rounding. */
  readonly expected: number;
}

/** When a learner is expected to be active, hour by hour. */
export interface LearnerWeek {
  /** IANA. */
  readonly zone: string;
  readonly isZoneAssumed: boolean;
  readonly isPersonal: boolean;
  /** Clock hours in which they were active, as much as they count today. */
  readonly ownHours: number;
  readonly weeklyActiveHours: number;
  readonly basis: Basis;
  /** 168, from Monday 00:00 on. */
  readonly cells: readonly WeekCell[];
  readonly svg: string;
}

/** Whose week it is, and by which clock. */
export interface WeekOwner {
  readonly learnerId: string;
  readonly zone: string;
  readonly isZoneAssumed: boolean;
  readonly personalisationOptOut: boolean;
}

/** What is believed of somebody's week, for people and as a picture. */
export function learnerWeek(owner: WeekOwner, { model, rate, ownHours }: Belief): LearnerWeek {
  const { zone, isZoneAssumed, personalisationOptOut } = owner;
  const own = model.shapes.get('PERSON') ?? null;
  const peers = model.peersWeek;
  const cells = Array.from(
    { length: HOURS_PER_WEEK },
    (_, cell): WeekCell => ({
      weekday: WEEKDAYS[Math.floor(cell / 24)] as Weekday,
      hour: cell % 24,
      own: own === null ? null : inSteps(own[cell] ?? 0),
      peers: peers === null ? null : inSteps(peers[cell] ?? 0),
      expected: inSteps(expectedShare(model, cell)),
    }),
  );
  return {
    ...{ zone, isZoneAssumed, isPersonal: !personalisationOptOut, ownHours, cells },
    weeklyActiveHours: rate.shape / rate.weeks,
    basis: model.basis,
    svg: renderWeekHeatMap({
      title: `When ${owner.learnerId} learns`,
      subtitle: `Local time${isZoneAssumed ? ', taken to be' : ' of'} ${zone}; darker is more likely.`,
      panels: panelsOf(model.basis, personalisationOptOut, ownHours, cells),
    }),
  };
}

const inSteps = (share: number): number => Math.round(share * STEPS_PER_SHARE) / STEPS_PER_SHARE;

function panelsOf(
  basis: Basis,
  personalisationOptOut: boolean,
  ownHours: number,
  cells: readonly WeekCell[],
): readonly HeatMapPanel[] {
  const hours = Math.round(ownHours * 10) / 10;
  const ownNote = personalisationOptOut
    ? 'left aside: opted out of personalisation'
    : `worth ${hours} active ${hours === 1 ? 'hour' : 'hours'} today`;
  return [
    { name: 'Own hours', note: ownNote, shares: sharesOf(cells, 'own') },
    {
      name: 'People of a like rhythm',
      note: 'as far as the own hours tell who they are',
      shares: sharesOf(cells, 'peers'),
    },
    { name: 'Expected', note: basisInWords(basis), shares: sharesOf(cells, 'expected') },
  ];
}

function sharesOf(cells: readonly WeekCell[], name: 'own' | 'peers' | 'expected'): readonly number[] | null {
  const shares = cells.map((cell) => cell[name]).filter((share) => share !== null);
  return shares.length === cells.length ? shares : null;
}

const SOURCE_WORDS: Readonly<Record<BasisSource, string>> = {
  PERSON: 'own hours',
  PEERS: 'people of a like rhythm',
  GROUP: 'department or location',
  ORGANISATION: 'organisation',
  DEFAULT: 'usual working hours',
};

/** Such as `own hours 40 %, organisation 60 %`. */
function basisInWords(basis: Basis): string {
  return BASIS_SOURCES.filter((source) => basis[source] >= 0.005)
    .map((source) => `${SOURCE_WORDS[source]} ${Math.round(basis[source] * 100)} %`)
    .join(', ');
}

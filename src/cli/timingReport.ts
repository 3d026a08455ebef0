import {
  TIMING_MODELS,
  type TimingEvaluation,
  type TimingLevel,
  type TimingModelName,
} from '../delivery/fitting/timingEvaluation.js';
import type { Chart } from '../evaluation/chart.js';
import type { MeanInterval } from '../stats/bootstrap.js';

const NAMES: Readonly<Record<TimingModelName, string>> = {
  uniform: 'Any time',
  organisationUtc: 'Organisation, UTC',
  organisationLocal: 'Organisation, local',
  rawOwn: 'Own, raw',
  ownAndOrganisation: 'Own + organisation',
  full: 'Full model',
};
/** The figures as text: a table for every measure, by past active hours. */
export function describeTiming(report: TimingEvaluation): string {
  const { people, activeHours, splits, fits, hoursOfDay, bestOfDay, bestOfWeek } = report;
  const tables = [
    table(
      report,
      `Bits per active hour over ${hoursOfDay ? '24 hours of the day' : '168 cells'} (lower is better)`,
      (level, name) => fixed(level.models[name].bits, 4),
    ),
    table(report, `% of activity in the best ${bestOfDay} hours of its day`, (level, name) =>
      percent(level.models[name].inBestOfDay),
    ),
    ...(bestOfWeek === null
      ? []
      : [
          table(report, `% of activity in the best ${bestOfWeek} hours of the week`, (level, name) =>
            percent(level.models[name].inBestOfWeek),
          ),
        ]),
    table(
      report,
      '% of activity expected in another band of likelihood than where it is (calibration)',
      (level, name) => (100 * level.models[name].calibration.error).toFixed(1),
    ),
    gains(report),
  ];
  const counts = fits.map(({ archetypes }) => archetypes).join(', ');
  return [
    `${people} people, ${activeHours} active hours, ${splits} divisions 60/40; archetypes chosen: ${counts}.`,
    ...tables,
  ].join('\n\n');
}

function table(
  { levels }: TimingEvaluation,
  title: string,
  cell: (level: TimingLevel, name: TimingModelName) => string,
): string {
  const head = ['past hours', 'people', ...TIMING_MODELS.map((name) => NAMES[name])];
  const rows = levels.map((level) => [
    labelOf(level),
    String(level.people),
    ...TIMING_MODELS.map((name) => cell(level, name)),
  ]);
  return `${title}\n${aligned([head, ...rows])}`;
}

function gains({ levels, bestOfDay }: TimingEvaluation): string {
  const head = [
    'past hours',
    'bits over organisation',
    'bits over own + organisation',
    `points in best ${bestOfDay} h`,
  ];
  const rows = levels.map(({ fullLess, ...level }) => [
    labelOf(level),
    gained(fullLess.organisationLocal.bits),
    gained(fullLess.ownAndOrganisation.bits),
    points(fullLess.ownAndOrganisation.inBestOfDay),
  ]);
  const title = 'Gain of the full model, person by person, with 95 % intervals (points: over own + organisation)';
  return `${title}\n${aligned([head, ...rows])}`;
}

/** A curve of the share of activity in the best hours of its day. */
export function timingChart({ levels, bestOfDay, people }: TimingEvaluation): Chart {
  return {
    title: `Activity in the best ${bestOfDay} hours of its day`,
    subtitle: `${people} people; 95 % intervals over people`,
    xTitle: 'Past active hours known of a person',
    yTitle: 'Share of future active hours',
    categories: levels.map((level) => ({ label: labelOf(level), note: `${level.people} people`, place: null })),
    series: TIMING_MODELS.map((name) => ({
      name: NAMES[name],
      isEmphasised: name === 'full',
      points: levels.map(({ models }) => models[name].inBestOfDay),
    })),
  };
}

function labelOf({ hours }: Pick<TimingLevel, 'hours'>): string {
  return hours === null ? 'all' : String(hours);
}

function fixed(value: MeanInterval | null, digits: number): string {
  return value === null ? '–' : value.mean.toFixed(digits);
}

function percent(value: MeanInterval | null): string {
  return value === null ? '–' : (100 * value.mean).toFixed(1);
}

/** Fewer bits are a gain. */
function gained(value: MeanInterval | null): string {
  return value === null ? '–' : withInterval(-value.mean, -value.high, -value.low, 4);
}

function points(value: MeanInterval | null): string {
  return value === null ? '–' : withInterval(100 * value.mean, 100 * value.low, 100 * value.high, 1);
}

function withInterval(mean: number, low: number, high: number, digits: number): string {
  const signed = (x: number) => `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(digits)}`;
  return `${signed(mean)} [${signed(low)}, ${signed(high)}]`;
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column]!)).join('  ')).join('\n');
}

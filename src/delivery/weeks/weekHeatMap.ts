import { escapedXml, svgDocument } from '../../platform/svg.js';
import { WEEKDAY_LABELS } from '../../platform/zonedTime.js';
import { HOURS_PER_WEEK } from '../../stats/circularWeek.js';
import { clock } from '../windows/constraints.js';

/** One week of the picture. */
export interface HeatMapPanel {
  readonly name: string;
  /** What it rests on, in a few words. */
  readonly note: string;
  /** Share of the week's activity by cell, length 168; null: nothing is known. */
  readonly shares: ArrayLike<number> | null;
}

export interface WeekHeatMap {
  readonly title: string;
  readonly subtitle: string;
  /** Drawn one below the other; the best hours of the last one are outlined. */
  readonly panels: readonly HeatMapPanel[];
}

const HOURS = 24;
const DAYS = 7;
const CELL_WIDTH = 26;
const CELL_HEIGHT = 18;
const LEFT = 56;
const TOP = 66;
const PANEL_TOP = 34;
const PANEL_HEIGHT = PANEL_TOP + DAYS * CELL_HEIGHT + 34;
const WIDTH = LEFT + HOURS * CELL_WIDTH + 24;
const LEGEND_HEIGHT = 46;
const BEST_HOURS = 5;

/** One hue from pale to strong, each step about as far from the next; the other way round on dark ground. */
const LIGHT = ['#f1f5f9', '#d6e6f4', '#abd0e6', '#6aaed6', '#3787c0', '#1561a9', '#08306b'] as const;
const DARK = ['#161b22', '#12304f', '#1a4b7a', '#2a6cab', '#4b8fcd', '#84b7e3', '#c6def2'] as const;

const STYLE = `
  text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #24292f; }
  .ground { fill: #ffffff; } .faint { fill: #57606a; } .title { font-size: 17px; font-weight: 600; } .name { font-weight: 600; }
  .best { fill: none; stroke: #b35900; stroke-width: 2.5; }
${LIGHT.map((colour, step) => `  .h${step} { fill: ${colour}; }`).join('\n')}
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .ground { fill: #0d1117; } .faint { fill: #9198a1; } .best { stroke: #ffb454; }
${DARK.map((colour, step) => `    .h${step} { fill: ${colour}; }`).join('\n')}
  }`;

/**
 * Weeks of 168 hours as a stand-alone SVG, readable on light and dark ground. Each week has a scale of its own, from
 * nothing to its best hour. What the picture says is in its description as well, and every hour tells its share.
 *
 * @throws RangeError when a week has not 168 cells
 */
export function renderWeekHeatMap({ title, subtitle, panels }: WeekHeatMap): string {
  for (const { shares } of panels) {
    if (shares !== null && shares.length !== HOURS_PER_WEEK) throw new RangeError('A week has 168 cells');
  }
  const height = TOP + panels.length * PANEL_HEIGHT + LEGEND_HEIGHT;
  const last = panels.at(-1);
  return svgDocument({
    width: WIDTH,
    height,
    idPrefix: 'week-',
    title,
    description: [subtitle, ...panels.map(described)].join(' '),
    style: STYLE,
    body: [
      `<text class="title" x="16" y="28">${escapedXml(title)}</text>`,
      `<text class="faint" x="16" y="48">${escapedXml(subtitle)}</text>`,
      ...panels.map((panel, p) => drawnPanel(panel, TOP + p * PANEL_HEIGHT, panel === last)),
      legend(TOP + panels.length * PANEL_HEIGHT),
    ],
  });
}

function drawnPanel({ name, note, shares }: HeatMapPanel, top: number, isMarked: boolean): string {
  const parts = [
    `<g transform="translate(0 ${top})">`,
    `<text class="name" x="16" y="12">${escapedXml(name)}</text>`,
    `<text class="faint" x="16" y="27">${escapedXml(note)}</text>`,
  ];
  for (let day = 0; day < DAYS; day++) {
    const y = PANEL_TOP + day * CELL_HEIGHT + CELL_HEIGHT - 5;
    parts.push(`<text class="faint" x="${LEFT - 8}" y="${y}" text-anchor="end">${WEEKDAY_LABELS[day]}</text>`);
  }
  for (let hour = 0; hour <= HOURS; hour += 3) {
    const y = PANEL_TOP + DAYS * CELL_HEIGHT + 14;
    const x = LEFT + hour * CELL_WIDTH;
    parts.push(`<text class="faint" x="${x}" y="${y}" text-anchor="middle">${clock(hour * 60)}</text>`);
  }
  const most = shares === null ? 0 : Math.max(...Array.from(shares));
  for (let cell = 0; cell < HOURS_PER_WEEK; cell++) {
    const share = shares?.[cell] ?? 0;
    const words = shares === null ? 'not known' : percent(share);
    const tip = `<title>${hourLabel(cell)}: ${words}</title>`;
    parts.push(`<rect class="h${stepOf(share, most)}" ${placeOf(cell, 1)}>${tip}</rect>`);
  }
  if (isMarked && shares !== null) {
    for (const cell of bestCells(shares)) parts.push(`<rect class="best" ${placeOf(cell, 0)}/>`);
  }
  parts.push('</g>');
  return parts.join('\n');
}

function placeOf(cell: number, gap: number): string {
  const x = LEFT + (cell % HOURS) * CELL_WIDTH;
  const y = PANEL_TOP + Math.floor(cell / HOURS) * CELL_HEIGHT;
  return `x="${x}" y="${y}" width="${CELL_WIDTH - gap}" height="${CELL_HEIGHT - gap}"`;
}

function legend(top: number): string {
  const swatches = LIGHT.map(
    (_, step) =>
      `<rect class="h${step}" x="${LEFT + 70 + step * CELL_WIDTH}" y="${top}" width="${CELL_WIDTH}" height="14"/>`,
  );
  const right = LEFT + 70 + LIGHT.length * CELL_WIDTH + 8;
  return [
    `<text class="faint" x="${LEFT}" y="${top + 11}">no activity</text>`,
    ...swatches,
    `<text class="faint" x="${right}" y="${top + 11}">the best hour of that week</text>`,
    `<rect class="best" x="${right + 190}" y="${top}" width="${CELL_WIDTH}" height="14"/>`,
    `<text class="faint" x="${right + 190 + CELL_WIDTH + 8}" y="${top + 11}">the ${BEST_HOURS} likeliest hours</text>`,
  ].join('\n');
}

/** From 0, nothing, to the last step, as much as in the best hour. The square root lets small shares be told apart. */
function stepOf(share: number, most: number): number {
  return most > 0 ? Math.round(Math.sqrt(share / most) * (LIGHT.length - 1)) : 0;
}

/** Best first, the earlier among equals. Sums in another order differ in their last digits, so those are left aside. */
function bestCells(shares: ArrayLike<number>): number[] {
  return Array.from({ length: HOURS_PER_WEEK }, (_, cell) => cell)
    .filter((cell) => (shares[cell] ?? 0) > 0)
    .map((cell) => ({ cell, share: Math.round((shares[cell] ?? 0) * 1e9) }))
    .sort((a, b) => b.share - a.share || a.cell - b.cell)
    .slice(0, BEST_HOURS)
    .map(({ cell }) => cell);
}

function described({ name, note, shares }: HeatMapPanel): string {
  const best = shares === null ? [] : bestCells(shares);
  if (best.length === 0) return `${name} (${note}): nothing is known.`;
  const hours = best.map((cell) => `${hourLabel(cell)} ${percent(shares?.[cell] ?? 0)}`);
  return `${name} (${note}): most in ${hours.join(', ')}.`;
}

/** Such as `Tue 09:00–10:00`. */
function hourLabel(cell: number): string {
  const hour = cell % HOURS;
  return `${WEEKDAY_LABELS[Math.floor(cell / HOURS)]} ${clock(hour * 60)}–${clock((hour + 1) * 60)}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

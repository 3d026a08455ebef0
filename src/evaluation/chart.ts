import { escapedXml, coordinate as n, svgDocument } from '../platform/svg.js';

/** One line of the picture: a value with its interval at some of the categories. */
export interface ChartSeries {
  readonly name: string;
  /** Drawn stronger than the others. */
  readonly isEmphasised: boolean;
  /** One per category; null: not there. */
  readonly points: readonly ({ readonly mean: number; readonly low: number; readonly high: number } | null)[];
}

export interface Chart {
  readonly title: string;
  readonly subtitle: string;
  readonly xTitle: string;
  readonly yTitle: string;
  /**
   * Along the x axis, each with a second line beneath it; `place` is where on the axis, from 0 to 1, or null for all at
   * equal distances.
   */
  readonly categories: readonly { readonly label: string; readonly note: string; readonly place: number | null }[];
  readonly series: readonly ChartSeries[];
}

const WIDTH = 860;
const HEIGHT = 480;
const LEFT = 72;
const RIGHT = 150;
const TOP = 76;
const BOTTOM = 84;
const PLOT_WIDTH = WIDTH - LEFT - RIGHT;
const PLOT_HEIGHT = HEIGHT - TOP - BOTTOM;

/** Told apart with any kind of colour vision (Okabe & Ito), brighter on dark ground; shapes tell them apart as well. */
const COLOURS = [
  { light: '#0072b2', dark: '#56b4e9' },
  { light: '#d55e00', dark: '#ff9d5c' },
  { light: '#009e73', dark: '#2fd0a3' },
  { light: '#cc79a7', dark: '#e6a3c8' },
  { light: '#8a6d00', dark: '#f0e442' },
  { light: '#767676', dark: '#a0a0a0' },
  { light: '#000000', dark: '#ffffff' },
] as const;

const STYLE = `
  text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #24292f; }
  .ground { fill: #ffffff; } .grid { stroke: #d8dee4; } .axis { stroke: #57606a; } .faint { fill: #57606a; font-size: 12px; }
  .title { font-size: 17px; font-weight: 600; }
  .line { fill: none; stroke-width: 1.6; } .strong { stroke-width: 3.6; } .whisker { stroke-width: 1.2; opacity: 0.65; }
${COLOURS.map(({ light }, c) => `  .s${c} { stroke: ${light}; } .f${c} { fill: ${light}; }`).join('\n')}
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .ground { fill: #0d1117; } .grid { stroke: #30363d; } .axis { stroke: #9198a1; } .faint { fill: #9198a1; }
${COLOURS.map(({ dark }, c) => `    .s${c} { stroke: ${dark}; } .f${c} { fill: ${dark}; }`).join('\n')}
  }`;

/**
 * A line chart with whiskers as a stand-alone SVG, readable on light and dark ground; the y axis begins at 0.
 *
 * @param chart at least one category
 */
export function renderChart({ title, subtitle, xTitle, yTitle, categories, series }: Chart): string {
  const highest = Math.max(1e-9, ...series.flatMap(({ points }) => points.map((point) => point?.high ?? 0)));
  const ticks = ticksUpTo(highest);
  const top = ticks.at(-1)!;
  const x = (category: number): number =>
    LEFT + PLOT_WIDTH * (categories[category]!.place ?? (category + 0.5) / categories.length);
  const y = (value: number): number => TOP + PLOT_HEIGHT * (1 - value / top);
  const parts: string[] = [];
  for (const tick of ticks) {
    parts.push(
      `<line class="grid" x1="${LEFT}" y1="${n(y(tick))}" x2="${LEFT + PLOT_WIDTH}" y2="${n(y(tick))}"/>`,
      `<text class="faint" x="${LEFT - 8}" y="${n(y(tick) + 4)}" text-anchor="end">${tickText(tick, ticks)}</text>`,
    );
  }
  parts.push(
    `<line class="axis" x1="${LEFT}" y1="${n(y(0))}" x2="${LEFT + PLOT_WIDTH}" y2="${n(y(0))}"/>`,
    `<line class="axis" x1="${LEFT}" y1="${TOP}" x2="${LEFT}" y2="${n(y(0))}"/>`,
  );
  categories.forEach(({ label, note }, c) => {
    parts.push(
      `<text x="${n(x(c))}" y="${n(y(0) + 20)}" text-anchor="middle">${escapedXml(label)}</text>`,
      `<text class="faint" x="${n(x(c))}" y="${n(y(0) + 37)}" text-anchor="middle">${escapedXml(note)}</text>`,
    );
  });
  parts.push(
    `<text x="${LEFT + PLOT_WIDTH / 2}" y="${HEIGHT - 16}" text-anchor="middle">${escapedXml(xTitle)}</text>`,
    `<text transform="translate(20 ${TOP + PLOT_HEIGHT / 2}) rotate(-90)" text-anchor="middle">${escapedXml(yTitle)}</text>`,
  );
  series.forEach(({ name, isEmphasised, points }, s) => {
    const colour = s % COLOURS.length;
    const line = `line s${colour}${isEmphasised ? ' strong' : ''}`;
    // Side by side, so that whiskers do not hide one another.
    const shift = (s - (series.length - 1) / 2) * Math.min(7, PLOT_WIDTH / categories.length / (2 * series.length));
    const placed = points.flatMap((point, c) => (point === null ? [] : [{ ...point, at: x(c) + shift }]));
    const corners = placed.map(({ at, mean }) => `${n(at)},${n(y(mean))}`).join(' ');
    parts.push(`<g><title>${escapedXml(name)}</title><polyline class="${line}" points="${corners}"/>`);
    for (const { at, mean, low, high } of placed) {
      parts.push(
        `<line class="whisker s${colour}" x1="${n(at)}" y1="${n(y(low))}" x2="${n(at)}" y2="${n(y(high))}"/>`,
        marker(s, at, y(mean)),
      );
    }
    parts.push('</g>');
    const legendY = TOP + 12 + 24 * s;
    const legendX = LEFT + PLOT_WIDTH + 18;
    parts.push(
      `<line class="${line}" x1="${legendX}" y1="${legendY}" x2="${legendX + 26}" y2="${legendY}"/>`,
      marker(s, legendX + 13, legendY),
      `<text x="${legendX + 34}" y="${legendY + 4}">${escapedXml(name)}</text>`,
    );
  });
  return svgDocument({
    width: WIDTH,
    height: HEIGHT,
    idPrefix: '',
    title,
    description: describe(categories, series),
    style: STYLE,
    body: [
      `<text class="title" x="${LEFT}" y="32">${escapedXml(title)}</text>`,
      `<text class="faint" x="${LEFT}" y="53">${escapedXml(subtitle)}</text>`,
      ...parts,
    ],
  });
}

/** The figures in words, for those who cannot see the picture. */
function describe(categories: Chart['categories'], series: readonly ChartSeries[]): string {
  return series
    .map(({ name, points }) => {
      const values = points.flatMap((point, c) =>
        point === null ? [] : [`${categories[c]!.label}: ${point.mean.toFixed(4)}`],
      );
      return `${name}: ${values.join(', ')}.`;
    })
    .join(' ');
}

function marker(series: number, x: number, y: number): string {
  const colour = `f${series % COLOURS.length}`;
  const size = 4;
  if (series % 3 === 0) return `<circle class="${colour}" cx="${n(x)}" cy="${n(y)}" r="${size}"/>`;
  if (series % 3 === 1) {
    return `<rect class="${colour}" x="${n(x - size)}" y="${n(y - size)}" width="${2 * size}" height="${2 * size}"/>`;
  }
  const [up, down] = [n(y - 1.3 * size), n(y + size)];
  return `<polygon class="${colour}" points="${n(x)},${up} ${n(x - 1.2 * size)},${down} ${n(x + 1.2 * size)},${down}"/>`;
}

/** About five round numbers from 0 to at least the highest. */
function ticksUpTo(highest: number): number[] {
  const rough = highest / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough)!;
  return Array.from({ length: Math.ceil(highest / step - 1e-9) + 1 }, (_, t) => t * step);
}

function tickText(tick: number, ticks: readonly number[]): string {
  const places = Math.max(0, Math.ceil(-Math.log10(ticks[1]!) - 1e-9) + (isHalfStep(ticks[1]!) ? 1 : 0));
  return tick.toFixed(Math.min(places, 8));
}

/** Steps such as 0.025 need a place more than 0.02. */
function isHalfStep(step: number): boolean {
  return Math.abs(step / 10 ** Math.floor(Math.log10(step) + 1e-9) - 2.5) < 1e-6;
}

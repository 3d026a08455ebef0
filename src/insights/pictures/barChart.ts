import { escapedXml, coordinate as n, svgDocument } from '../../platform/svg.js';

/** A stretch of a bar. */
export interface BarPart {
  /** Of which kind it is: a place in `parts`. */
  readonly kind: number;
  /** At least 0. */
  readonly value: number;
}

export interface Bar {
  readonly label: string;
  /** Drawn one after the other. */
  readonly parts: readonly BarPart[];
  /** What stands behind the bar. */
  readonly note: string;
}

/** Horizontal bars, longest scale to the right. */
export interface BarChart {
  /** Makes ids unlike those of other pictures on a page. */
  readonly name: string;
  readonly title: string;
  readonly subtitle: string;
  /** What the kinds of parts stand for, at most four; shown when there are several. */
  readonly kinds: readonly string[];
  readonly bars: readonly Bar[];
}

const WIDTH = 760;
const LEFT = 250;
const RIGHT = 170;
const PLOT_WIDTH = WIDTH - LEFT - RIGHT;
const TOP = 72;
const ROW = 26;
const BAR_HEIGHT = 16;
const MAX_LABEL = 38;

/** Told apart with any kind of colour vision (Okabe & Ito), brighter on dark ground. */
const COLOURS = [
  { light: '#0072b2', dark: '#56b4e9' },
  { light: '#d55e00', dark: '#ff9d5c' },
  { light: '#cc79a7', dark: '#e6a3c8' },
  { light: '#8a8a8a', dark: '#a0a0a0' },
] as const;

const STYLE = `
  text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #24292f; }
  .ground { fill: #ffffff; } .faint { fill: #57606a; } .title { font-size: 17px; font-weight: 600; } .axis { stroke: #d8dee4; }
${COLOURS.map(({ light }, c) => `  .b${c} { fill: ${light}; }`).join('\n')}
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .ground { fill: #0d1117; } .faint { fill: #9198a1; } .axis { stroke: #30363d; }
${COLOURS.map(({ dark }, c) => `    .b${c} { fill: ${dark}; }`).join('\n')}
  }`;

/** Bars as a stand-alone SVG, readable on light and dark ground, with everything it says in its description. */
export function renderBarChart({ name, title, subtitle, kinds, bars }: BarChart): string {
  const lengthOf = ({ parts }: Bar) => parts.reduce((sum, { value }) => sum + value, 0);
  const longest = Math.max(1e-9, ...bars.map(lengthOf));
  const legendTop = TOP + Math.max(1, bars.length) * ROW + 14;
  const hasLegend = kinds.length > 1;
  return svgDocument({
    width: WIDTH,
    height: legendTop + (hasLegend ? 34 : 8),
    idPrefix: `${name}-`,
    title,
    description: `${subtitle} ${bars.map(({ label, note }) => `${label}: ${note}.`).join(' ') || 'Nothing is told.'}`,
    style: STYLE,
    body: [
      `<text class="title" x="16" y="28">${escapedXml(title)}</text>`,
      `<text class="faint" x="16" y="48">${escapedXml(subtitle)}</text>`,
      `<line class="axis" x1="${LEFT}" y1="${TOP - 6}" x2="${LEFT}" y2="${legendTop - 10}"/>`,
      ...(bars.length === 0 ? [`<text class="faint" x="16" y="${TOP + 14}">Nothing is told.</text>`] : []),
      ...bars.map((bar, row) => drawnBar(bar, TOP + row * ROW, (value) => (value / longest) * PLOT_WIDTH)),
      ...(hasLegend ? [legend(kinds, legendTop)] : []),
    ],
  });
}

function drawnBar({ label, parts, note }: Bar, y: number, widthOf: (value: number) => number): string {
  const shown = label.length > MAX_LABEL ? `${label.slice(0, MAX_LABEL - 1).trimEnd()}…` : label;
  let x = LEFT;
  const drawn = parts.map(({ kind, value }) => {
    const width = widthOf(value);
    const rect = `<rect class="b${kind % COLOURS.length}" x="${n(x)}" y="${y}" width="${n(width)}" height="${BAR_HEIGHT}"/>`;
    x += width;
    return rect;
  });
  return [
    `<g><title>${escapedXml(`${label}: ${note}`)}</title>`,
    `<text x="${LEFT - 8}" y="${y + 12}" text-anchor="end">${escapedXml(shown)}</text>`,
    ...drawn,
    `<text class="faint" x="${n(x + 8)}" y="${y + 12}">${escapedXml(note)}</text></g>`,
  ].join('\n');
}

function legend(kinds: readonly string[], top: number): string {
  return kinds
    .map((kind, k) => {
      const x = LEFT + k * 120;
      return (
        `<rect class="b${k % COLOURS.length}" x="${x}" y="${top}" width="14" height="14"/>` +
        `<text class="faint" x="${x + 20}" y="${top + 11}">${escapedXml(kind)}</text>`
      );
    })
    .join('\n');
}

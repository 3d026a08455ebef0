import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { App } from '../app.js';
import type { InsightsView } from '../insights/insights.service.js';
import { INSIGHT_TABLES_OFFERED, insightCsv } from '../insights/insightTables.js';
import { INSIGHT_PICTURES, insightPicture } from '../insights/pictures/insightPictures.js';
import type { TalliedGroup } from '../insights/told/monthTally.js';
import { createProgress, type Progress, type ProgressStream } from '../platform/jobs/progress.js';
import { UsageError } from './usageError.js';

export const INSIGHTS_OPTIONS = {
  department: { type: 'string' },
  location: { type: 'string' },
  role: { type: 'string' },
  from: { type: 'string' },
  until: { type: 'string' },
  out: { type: 'string', default: 'insights' },
} as const;

export const INSIGHTS_HELP = `Usage: waymark insights [OPTIONS]

Counts the months that are over and not counted yet, and writes what may be told of a group: each section as CSV, and
searches, drop points, active hours and the way from shown to completed as SVG pictures. On an embedded database, stop the
service first.

  --department NAME, --location NAME or --role ID
                the group; the organisation when left out
  --from DATE   the first day of a month; twelve months before the end when left out
  --until DATE  the first day of the month after the last; after the latest month that is told when left out
  --out FOLDER  where to write; default insights. Files of the same names are replaced

Of fewer than five people nothing is told; figures come in fives.
`;

interface InsightsValues {
  readonly department?: string;
  readonly location?: string;
  readonly role?: string;
  readonly from?: string;
  readonly until?: string;
  readonly out: string;
}

/** A command line that was understood. */
export interface InsightsArguments {
  readonly group: TalliedGroup;
  readonly period: { readonly from: string | null; readonly until: string | null };
  readonly folder: string;
}

/** @throws UsageError for several groups at once */
export function readInsightsArguments(values: InsightsValues): InsightsArguments {
  const { department, location, role, from = null, until = null, out } = values;
  const named = [
    { kind: 'DEPARTMENT', value: department } as const,
    { kind: 'LOCATION', value: location } as const,
    { kind: 'ROLE', value: role } as const,
  ].flatMap(({ kind, value }) => (value === undefined ? [] : [{ kind, value }]));
  if (named.length > 1) throw new UsageError('Name one of --department, --location and --role.');
  return { group: named[0] ?? { kind: 'ORGANISATION', value: '' }, period: { from, until }, folder: out };
}

/** Counts what is due, and writes the files; answers what was told of. */
export async function writeInsights(
  app: Pick<App, 'insights' | 'insightMonths'>,
  { group, period, folder }: InsightsArguments,
  stderr: ProgressStream,
  signal: AbortSignal,
): Promise<string> {
  let [phase, progress] = ['', null as Progress | null];
  await app.insightMonths.refresh(
    {
      report(step) {
        if (step.phase !== phase) {
          progress?.finish();
          phase = step.phase;
          progress = createProgress(step.phase, step.total, stderr, { unit: 'steps' });
        }
        progress?.update(step.done);
      },
      shouldStop: () => signal.aborted,
    },
    0,
  );
  progress?.finish();
  const view = await app.insights.ofGroup(group, period);
  await mkdir(folder, { recursive: true });
  for (const table of INSIGHT_TABLES_OFFERED) {
    await writeFile(join(folder, `${fileName(table)}.csv`), await insightCsv(view, table));
  }
  for (const picture of INSIGHT_PICTURES) {
    await writeFile(join(folder, `${fileName(picture)}.svg`), await insightPicture(view, picture));
  }
  return describe(view, folder);
}

/** `DROP_POINTS` as `drop-points`. */
const fileName = (section: string): string => section.toLowerCase().replaceAll('_', '-');

function describe({ subject, from, until, active, missingMonths }: InsightsView, folder: string): string {
  const missing = missingMonths.length === 0 ? '' : `, without ${missingMonths.length} months that are not counted`;
  const people = active === null ? 'nothing is told' : `up to ${active.people} people a month, ${active.events} events`;
  return `Insights into ${subject}, ${from} to ${until}${missing}: ${people}. Written to ${folder}.`;
}

import type { parseArgs } from 'node:util';
import { VERBS, type Verb } from '../learners/profileEvent.js';
import { DomainError } from '../platform/errors.js';
import {
  countText,
  createProgress,
  durationText,
  type Progress,
  type ProgressStream,
} from '../platform/jobs/progress.js';
import { checkId } from '../platform/text.js';
import { isValidZone } from '../platform/zonedTime.js';
import { readOneOf } from './csvCells.js';
import { columnsText, FILE_KINDS, type FileKind, type MatchedHeader, matchHeader } from './csvColumns.js';
import { type CsvFile, openCsv } from './csvFile.js';
import { FileImport, type ImportRun, isTransient, type RowCounts } from './fileImport.js';
import { type ImportServices, importTargets, MissingThings, type RowOf, type Targets } from './importTargets.js';
import { RejectedRows } from './rejectedRows.js';
import { SkillNames } from './skillNames.js';
import { UsageError } from './usageError.js';

/** Paths by what the files hold. */
export type ImportFiles = { readonly [K in FileKind]?: readonly string[] };

export interface ImportOptions {
  /** For rows of activity that name no verb; null: those are refused. */
  readonly verb: Verb | null;
  /** For rows of activity that name no source. */
  readonly source: string;
  /** Where times without an offset are local; null: those are refused. */
  readonly timezone: string | null;
  /** Whether learners and skills that rows refer to are created. */
  readonly createMissing: boolean;
  /** Where all rejected rows are written; null: nowhere. */
  readonly rejectedPath: string | null;
}

export interface ImportOutput {
  /** For the report. */
  readonly stdout: { write(text: string): unknown };
  /** For progress and warnings. */
  readonly stderr: ProgressStream;
}

export interface FileReport extends RowCounts {
  readonly kind: FileKind;
  readonly path: string;
  readonly seconds: number;
  readonly rowsPerSecond: number;
}

export interface ImportReport {
  /** In the order in which the files were imported. */
  readonly files: readonly FileReport[];
  /** What `createMissing` created. */
  readonly createdLearners: number;
  readonly createdSkills: number;
  /** True when the signal ended the import before its time. */
  readonly isInterrupted: boolean;
  /** 0 when every row is stored, 1 when some were rejected, 130 after an interruption. */
  readonly exitCode: number;
}

const EXIT_REJECTED = 1;
const EXIT_INTERRUPTED = 130;

/** The command's options, for `parseArgs`. */
export const IMPORT_OPTIONS = {
  skills: { type: 'string', multiple: true },
  roles: { type: 'string', multiple: true },
  courses: { type: 'string', multiple: true },
  learners: { type: 'string', multiple: true },
  evidence: { type: 'string', multiple: true },
  assignments: { type: 'string', multiple: true },
  holidays: { type: 'string', multiple: true },
  leave: { type: 'string', multiple: true },
  activity: { type: 'string', multiple: true },
  verb: { type: 'string' },
  source: { type: 'string' },
  timezone: { type: 'string' },
  'create-missing': { type: 'boolean' },
  rejected: { type: 'string' },
} as const satisfies NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>;

export type ImportArguments = ReturnType<typeof parseArgs<{ options: typeof IMPORT_OPTIONS }>>['values'];

/**
 * What the arguments of the command ask for.
 *
 * @throws UsageError when an option has no sensible value, or no file is named
 */
export function readImportArguments(values: ImportArguments): { files: ImportFiles; options: ImportOptions } {
  const files = Object.fromEntries(FILE_KINDS.map((kind) => [kind, values[kind] ?? []]));
  if (FILE_KINDS.every((kind) => values[kind] === undefined)) {
    throw new UsageError(`Name at least one file: ${FILE_KINDS.map((kind) => `--${kind}`).join(', ')}.`);
  }
  const verb = values.verb === undefined ? null : readOneOf(values.verb, VERBS);
  if (verb !== null && 'problem' in verb) throw new UsageError(`--verb "${values.verb}" ${verb.problem}.`);
  const source = values.source ?? 'import';
  const sourceProblem = checkId(source);
  if (sourceProblem !== null) throw new UsageError(`--source ${sourceProblem}.`);
  const timezone = values.timezone ?? null;
  if (timezone !== null && !isValidZone(timezone)) {
    throw new UsageError(`--timezone "${timezone}" is not an IANA zone such as Europe/Berlin.`);
  }
  return {
    files,
    options: {
      verb: verb?.value ?? null,
      source,
      timezone,
      createMissing: values['create-missing'] ?? false,
      rejectedPath: values.rejected ?? null,
    },
  };
}

export const IMPORT_HELP = `Usage: npm run waymark -- import [--KIND FILE]... [options]

Imports CSV files. KIND is one of ${FILE_KINDS.join(', ')}; whatever the order of the
arguments, the files are imported in this order, and each kind may be given several times.

  --verb VERB        What rows of activity tell that name no verb. A list of enrolments holds STARTED:
                     it says that people began, not how far they came.
  --source NAME      The system that rows of activity come from which name none; standard "import".
  --timezone ZONE    Where times without an offset are local, such as Europe/Berlin. Without it such
                     times are rejected, and a date alone means midnight UTC.
  --create-missing   Create learners and skills that rows refer to and that do not exist: learners with
                     nothing but their id, skills with nothing but their name. Without it such rows are
                     rejected.
  --rejected FILE    Write every rejected row to this CSV file: file, line, column, code, message.

Files are CSV, or TSV when the name ends in .tsv, both packed when it goes on with .gz; UTF-8; the first line
names the columns. Columns that mean nothing here are ignored. Lists are separated by |, and yes, 1, true
mean the same. Times are ISO 8601. An empty cell clears what is stored; a column that the file does not have
leaves it as it is.

A skill that is created for a name gets an id made of that name: "Ruby on Rails" is ruby-on-rails. Where that id is
taken by a skill of another name, a short hash of the name is added.

Rows that cannot be stored are reported with their line and left out; all others are stored. The command
ends with 0 when every row is stored, 1 when some were rejected, 2 when it was called wrongly. Ctrl-C stops it
after the rows under way. Importing a file again, in part or in full, doubles nothing.

Columns (in any order; case, spaces, hyphens and underscores do not matter):

${columnsText()}
`;

/**
 * Stores the rows of the files, kind by kind, and prints what became of them.
 *
 * @param signal stops the import between two batches
 * @throws DomainError BAD_USER_INPUT before anything is stored when a file cannot be used
 * @throws DomainError UNAVAILABLE when the database stays away; what was stored by then stays stored
 */
export async function importFiles(
  services: ImportServices,
  files: ImportFiles,
  options: ImportOptions,
  output: ImportOutput,
  signal: AbortSignal = new AbortController().signal,
): Promise<ImportReport> {
  const sources = await openSources(files, options);
  const skillNames = new SkillNames(() => services.catalog.snapshot.skills);
  const newSkillName = (skillId: string) => skillNames.newName(skillId);
  const missing = new MissingThings(services, newSkillName);
  const targets = importTargets(services, { ...options, skillNames });
  const reports: FileReport[] = [];
  let failure: Failure | null = null;
  try {
    const paths = sources.map(({ file }) => file.path);
    const rejected = await RejectedRows.open(options.rejectedPath, paths);
    const run: ImportRun = {
      rejected,
      signal,
      newSkillName,
      create: options.createMissing ? (things) => missing.create(things) : null,
    };
    for (const source of sources) {
      if (signal.aborted || failure !== null) break;
      const outcome = await importSource(source, targets, run, output.stderr);
      reports.push(outcome.report);
      failure = outcome.failure;
    }
    await rejected.close();
    output.stdout.write(reportText(reports, missing.counts, rejected, options));
    const left = paths.slice(reports.length);
    if (left.length > 0) output.stdout.write(`Not begun: ${left.join(', ')}\n`);
  } finally {
    for (const { file } of sources) file.close();
  }
  if (signal.aborted || failure !== null) {
    output.stdout.write('Stopped. Run the same command again to go on: nothing will be stored twice.\n');
  }
  if (failure !== null && !signal.aborted) {
    if (!isTransient(failure.error)) throw failure.error;
    throw new DomainError('UNAVAILABLE', 'The database cannot be reached. What was stored stays stored.');
  }
  return {
    files: reports,
    createdLearners: missing.counts.learners,
    createdSkills: missing.counts.skills,
    isInterrupted: signal.aborted,
    exitCode: signal.aborted ? EXIT_INTERRUPTED : reports.some((report) => report.rejected > 0) ? EXIT_REJECTED : 0,
  };
}

interface Source {
  readonly file: CsvFile;
  readonly header: MatchedHeader;
}

/** Opens every file and checks its header before a single row is stored. */
async function openSources(files: ImportFiles, options: ImportOptions): Promise<Source[]> {
  const sources: Source[] = [];
  try {
    for (const kind of FILE_KINDS) {
      for (const path of files[kind] ?? []) {
        const file = await openCsv(path);
        const given = new Set(kind === 'activity' && options.verb !== null ? ['verb'] : []);
        sources.push({ file, header: matchHeader(kind, path, file.header, given) });
      }
    }
    return sources;
  } catch (error) {
    for (const { file } of sources) file.close();
    throw error;
  }
}

interface Failure {
  readonly error: unknown;
}

async function importSource(
  { file, header }: Source,
  targets: Targets,
  run: ImportRun,
  stderr: ProgressStream,
): Promise<{ readonly report: FileReport; readonly failure: Failure | null }> {
  const progress = createProgress(header.kind, null, stderr);
  if (header.unknown.length > 0) {
    progress.note(`${file.path}: columns ignored, since they mean nothing here: ${header.unknown.join(', ')}`);
  }
  const startedMs = performance.now();
  const rows = fileImport(file, header, targets, run, progress);
  let failure: Failure | null = null;
  try {
    await rows.store();
  } catch (error) {
    failure = { error };
  }
  progress.finish();
  const seconds = (performance.now() - startedMs) / 1000;
  const { counts } = rows;
  const rowsPerSecond = seconds > 0 ? counts.read / seconds : 0;
  return { report: { ...counts, kind: header.kind, path: file.path, seconds, rowsPerSecond }, failure };
}

function fileImport<K extends FileKind>(
  file: CsvFile,
  header: MatchedHeader<K>,
  targets: Targets,
  run: ImportRun,
  progress: Progress,
): FileImport<K, RowOf[K]> {
  return new FileImport<K, RowOf[K]>(file, header, targets[header.kind], run, progress);
}

function reportText(
  reports: readonly FileReport[],
  created: { readonly learners: number; readonly skills: number },
  rejected: RejectedRows,
  options: ImportOptions,
): string {
  const table = [
    ['', 'read', 'stored', 'known before', 'rejected', 'time', 'rows/s', 'file'],
    ...reports.map((report) => [
      report.kind,
      countText(report.read),
      countText(report.stored),
      countText(report.duplicates),
      countText(report.rejected),
      durationText(report.seconds * 1000),
      countText(Math.round(report.rowsPerSecond)),
      report.path,
    ]),
  ];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0))) ?? [];
  const lastColumn = widths.length - 1;
  const lines = table.map((cells) =>
    cells
      .map((cell, column) => {
        if (column === lastColumn) return cell;
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  '),
  );
  if (created.learners > 0 || created.skills > 0) {
    lines.push(
      `Created because rows refer to them: ${countText(created.learners)} learners, ${countText(created.skills)} skills`,
    );
  }
  for (const report of reports) lines.push(...rejectedText(report, rejected, options));
  return `${lines.join('\n')}\n`;
}

function rejectedText(report: FileReport, rejected: RejectedRows, options: ImportOptions): string[] {
  if (report.rejected === 0) return [];
  const first = rejected.firstOf(report.path);
  const more = report.rejected - first.rowCount;
  return [
    '',
    `Rejected rows of ${report.path}:`,
    ...first.lines.map(
      ({ line, column, message }) => `  line ${line}${column === null ? '' : `, ${column}`}: ${message}`,
    ),
    ...(more > 0 ? [`  and ${countText(more)} more`] : []),
    ...(options.rejectedPath === null
      ? more > 0
        ? ['  Add --rejected FILE to have them all written to a file.']
        : []
      : [`  All of them are in ${options.rejectedPath}.`]),
  ];
}

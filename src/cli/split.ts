import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Contact, SPLIT_KINDS, type SplitFiles, splitContacts } from '../evaluation/split.js';
import { DomainError } from '../platform/errors.js';
import { readInstant } from './csvCells.js';
import { openCsv } from './csvFile.js';
import { UsageError } from './usageError.js';

export const SPLIT_OPTIONS = {
  activity: { type: 'string' },
  out: { type: 'string' },
  by: { type: 'string', default: 'time' },
  share: { type: 'string', default: '0.15' },
  events: { type: 'string' },
  seed: { type: 'string', default: '1' },
} as const;

export const SPLIT_HELP = `Usage: waymark split --activity FILE --out FOLDER [OPTIONS]

Divides an activity file (as for import: learner_id, course_id, at) into the files that "waymark evaluate" reads:
train.tsv, holdout.tsv and, where the division needs them, history.tsv and candidates.tsv.

  --by time        (default) at one moment for everybody: who was known before it is asked for what came after
  --by last        the last course of each learner is to be found among 99 that they never took
  --by learners    some learners are left out of training, known by their first courses and asked for the rest
  --by courses     some courses with at least 5 learners are new: nothing on them is in training, and they are ranked
                   among themselves
  --share S        of contacts, learners or courses to hold out; default 0.15
  --events N       with --by learners: known by their first N courses; otherwise by four fifths of them
  --seed N         equal seeds give equal files; default 1
`;

interface SplitValues {
  readonly activity?: string;
  readonly out?: string;
  readonly by: string;
  readonly share: string;
  readonly events?: string;
  readonly seed: string;
}

/**
 * Reads the log, divides it, and writes the files.
 *
 * @returns what was written, in words
 * @throws UsageError or DomainError BAD_USER_INPUT that names what is wrong
 */
export async function splitFile(values: SplitValues): Promise<string> {
  const { activity, out } = values;
  if (activity === undefined || out === undefined)
    throw new UsageError(`--activity and --out are both needed.\n\n${SPLIT_HELP}`);
  const kind = SPLIT_KINDS.find((one) => one === values.by);
  if (kind === undefined) throw new UsageError(`--by takes ${SPLIT_KINDS.join(', ')}, not "${values.by}".`);
  const share = Number(values.share);
  if (!(share > 0 && share < 1)) throw new UsageError(`--share takes a number between 0 and 1, not "${values.share}".`);
  const events = values.events === undefined ? null : wholeNumber('--events', values.events, 1);
  const seed = wholeNumber('--seed', values.seed, 0);
  const files = splitContacts(await readContacts(activity), { kind, seed, share, events });
  if (files.holdout.length === 0) throw new DomainError('BAD_USER_INPUT', `${activity} leaves nothing to hold out.`);
  await mkdir(out, { recursive: true });
  return await writeFiles(out, files);
}

async function readContacts(path: string): Promise<Contact[]> {
  const file = await openCsv(path);
  try {
    const columnOf = (name: string): number => {
      const column = file.header.findIndex((title) => title.toLowerCase() === name);
      if (column < 0) throw new DomainError('BAD_USER_INPUT', `${path} has no column ${name}.`);
      return column;
    };
    const [learner, course, at] = [columnOf('learner_id'), columnOf('course_id'), columnOf('at')];
    const contacts: Contact[] = [];
    for await (const entries of file.lines()) {
      for (const entry of entries) {
        if ('problem' in entry)
          throw new DomainError('BAD_USER_INPUT', `${path}, line ${entry.line} ${entry.problem}.`);
        const [learnerId = '', courseId = '', moment = ''] = [
          entry.cells[learner],
          entry.cells[course],
          entry.cells[at],
        ];
        const reading = readInstant(moment, null);
        if ('problem' in reading) {
          throw new DomainError('BAD_USER_INPUT', `${path}, line ${entry.line}: at ${reading.problem}.`);
        }
        if (learnerId === '' || courseId === '') continue;
        contacts.push({ learnerId, courseId, atMs: reading.value.getTime() });
      }
    }
    return contacts;
  } finally {
    file.close();
  }
}

async function writeFiles(folder: string, { train, history, holdout, candidates }: SplitFiles): Promise<string> {
  const lineOf = ({ learnerId, courseId, atMs }: Contact): string =>
    `${learnerId}\t${courseId}\t1\t${Math.floor(atMs / 1000)}`;
  const written: string[] = [];
  const write = async (name: string, lines: readonly string[] | undefined): Promise<void> => {
    if (lines === undefined) return;
    await writeFile(join(folder, name), lines.map((line) => `${line}\n`).join(''));
    written.push(`${join(folder, name)}: ${lines.length.toLocaleString('en')} lines`);
  };
  await write('train.tsv', train.map(lineOf));
  await write('history.tsv', history?.map(lineOf));
  await write('holdout.tsv', holdout.map(lineOf));
  await write(
    'candidates.tsv',
    candidates?.map(({ learnerId, courseIds }) => [learnerId, ...courseIds].join('\t')),
  );
  return written.join('\n');
}

function wholeNumber(option: string, text: string, least: number): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) < least) {
    throw new UsageError(`${option} takes a whole number of at least ${least}, not "${text}".`);
  }
  return Number(text);
}

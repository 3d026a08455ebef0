import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { type ImportFiles, type ImportOptions, importFiles } from '../../src/cli/import.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { openTestApp, type TestApp } from '../support/testApp.js';

const OPTIONS: ImportOptions = {
  verb: null,
  source: 'import',
  timezone: null,
  createMissing: false,
  rejectedPath: null,
};
const BATCH = 1_000;

let made = 0;
function written(lines: readonly string[], lineEnd = '\n'): string {
  made += 1;
  const path = join(inject('runFolder'), `import-${process.pid}-${made}.csv`);
  writeFileSync(path, lines.map((line) => line + lineEnd).join(''));
  return path;
}

interface ImportSettings extends Partial<ImportOptions> {
  readonly signal?: AbortSignal;
  /** Sees every line of progress. */
  readonly onProgress?: (text: string) => void;
}

describeOnBothDatabases('importing files', (kind) => {
  let test: TestApp;
  beforeAll(async () => {
    test = await openTestApp(kind);
  });
  afterAll(() => test.close());
  // Foreign keys of everything else point here.
  beforeEach(() =>
    test.sql(
      'TRUNCATE interaction, learner_course, learner_active_hour, learner_touchpoint, learner_search, learner_page, learner_sitting, learner, course, skill, role CASCADE',
    ),
  );

  async function run(files: ImportFiles, { signal, onProgress = () => {}, ...options }: ImportSettings = {}) {
    const printed: string[] = [];
    const stderr = { isTTY: true, columns: 200, write: onProgress };
    const output = { stdout: { write: (text: string) => printed.push(text) }, stderr };
    const report = await importFiles(test.app, files, { ...OPTIONS, ...options }, output, signal);
    const counts = report.files.map((f) => [f.kind, f.read, f.stored, f.duplicates, f.rejected]);
    return { ...report, counts, text: printed.join('') };
  }

  const count = async (table: string): Promise<number> => {
    const [row] = await test.sql<{ n: number }>(`SELECT count(*)::integer AS n FROM ${table}`);
    return row?.n ?? 0;
  };

  /** Courses c-0, c-1 … and learners e-0, e-1 …, and one enrolment of each pair. */
  async function enrolments(learners: number, courses: number): Promise<string> {
    const numbers = (n: number) => Array.from({ length: n }, (_, i) => i);
    await run({
      courses: [written(['course_id,title', ...numbers(courses).map((i) => `c-${i},Course ${i}`)])],
      learners: [written(['learner_id', ...numbers(learners).map((i) => `e-${i}`)])],
    });
    const rows = numbers(learners).flatMap((e) => numbers(courses).map((c) => `e-${e},c-${c},2024-01-01T00:00:00Z`));
    return written(['learner_id,course_id,at', ...rows]);
  }

  it('stores every kind of file, in whatever order they are named, and doubles nothing the next time', async () => {
    const files = {
      activity: [
        written(
          [
            '\ufefflearner_id,course_id,verb,at,progress',
            'e1,c1,progressed,2024-05-01T10:00:00Z,0.5',
            'e1,,searched,2024-05-02,',
          ],
          '\r\n',
        ),
      ],
      assignments: [written(['learner_id,course_id,obligation,due_at', 'e1,c2,mandatory,2025-06-01'])],
      evidence: [written(['learner_id,skill,source,level', 'e1,Python,SELF,0.4', 'e2,py,manager,0.6'])],
      learners: [written(['learner_id,timezone,role_id,manager_id', 'e1,Europe/Berlin,dev,e2', 'e2,,,'])],
      courses: [
        written([
          'course_id,title,description,language,tags,audiences,skills,prerequisite_ids',
          'c1,"Python, part 1",,english,code|short,Clerks,Python,',
          'c2,Part 2,"two\nlines",de,,,Python,c1',
        ]),
      ],
      roles: [written(['role_id,name,skills,target_levels', 'dev,Developer,Python,0.8'])],
      skills: [written(['skill_id,name,parent_id', 'py,Python,code', 'code,Programming,'])],
    };
    const first = await run(files);
    expect(first.counts).toEqual([
      ['skills', 2, 2, 0, 0],
      ['roles', 1, 1, 0, 0],
      ['courses', 2, 2, 0, 0],
      ['learners', 2, 2, 0, 0],
      ['evidence', 2, 2, 0, 0],
      ['assignments', 1, 1, 0, 0],
      ['activity', 2, 1, 0, 1],
    ]);
    expect(first.exitCode).toBe(1);
    expect(first.text).toContain('line 3, query: query is needed for SEARCHED');
    expect(
      await test.sql(
        'SELECT c.title, c.description, c.language, c.tags, s.skill_id, p.prerequisite_id FROM course c ' +
          'JOIN course_skill s ON s.course_id = c.id LEFT JOIN course_prerequisite p ON p.course_id = c.id ORDER BY c.id',
      ),
    ).toEqual([
      {
        title: 'Python, part 1',
        description: null,
        language: 'en',
        tags: ['code', 'short', 'audience:Clerks'],
        skill_id: 'py',
        prerequisite_id: null,
      },
      { title: 'Part 2', description: 'two\nlines', language: 'de', tags: [], skill_id: 'py', prerequisite_id: 'c1' },
    ]);
    expect(await test.sql('SELECT source, learner_id, verb, at, progress FROM interaction')).toEqual([
      { source: 'import', learner_id: 'e1', verb: 'PROGRESSED', at: new Date('2024-05-01T10:00:00Z'), progress: 0.5 },
    ]);
    expect(await test.sql('SELECT due_at FROM assignment')).toEqual([{ due_at: new Date('2025-06-01T00:00:00Z') }]);

    const tables = ['skill', 'role_skill', 'course_skill', 'learner', 'learner_skill', 'assignment', 'interaction'];
    const before = await Promise.all(tables.map(count));
    const second = await run(files);
    expect(second.counts.at(-1)).toEqual(['activity', 2, 0, 1, 1]);
    expect(await Promise.all(tables.map(count))).toEqual(before);
  });

  it('keeps good rows beside bad ones, and tells of each bad one its line, column and problem', async () => {
    const activity = await enrolments(1, 2);
    const mixed = written([
      'Learner ID,course_id,verb,at,score,notes',
      'e-0,c-0,STARTED,2024-01-02T00:00:00Z,,"two',
      'lines"',
      'e-0,c-0,STARTED,yesterday,,',
      'e-0,c-9,STARTED,2024-01-02T00:00:00Z,,',
      'e-0,c-1,RATED,2024-01-02T00:00:00Z,7,',
      'e-0,c-1',
      'nobody,c-1,STARTED,2024-01-02T00:00:00Z,,',
      'e-0,c-1,STARTED,2099-01-02T00:00:00Z,,',
      'e-0,c-1,STARTED,2024-01-03T00:00:00Z,,',
    ]);
    const rejectedPath = written([]);
    const result = await run({ activity: [activity, mixed] }, { verb: 'STARTED', rejectedPath });
    expect(result.counts).toEqual([
      ['activity', 2, 2, 0, 0],
      ['activity', 8, 2, 0, 6],
    ]);
    expect(await count('interaction')).toBe(4);
    expect(readFileSync(rejectedPath, 'utf8').split('\n')).toEqual([
      'file,line,column,code,message',
      `${mixed},4,at,INVALID_VALUE,"""yesterday"" is not an ISO 8601 time such as 2026-03-01T09:30:00Z or a date"`,
      `${mixed},5,course_id,NOT_FOUND,"There is no course ""c-9""; import it with --courses FILE"`,
      `${mixed},6,score,INVALID_VALUE,"score must be from -1 to 1, not 7"`,
      `${mixed},7,,MALFORMED_LINE,"The line has 2 cells, but the header has 6 columns; quote cells with commas"`,
      `${mixed},8,Learner ID,NOT_FOUND,"There is no learner ""nobody""; import it with --learners FILE, or add --create-missing"`,
      `${mixed},9,at,INVALID_VALUE,at is more than 5 minutes in the future; check the sender's clock`,
      '',
    ]);
  });

  it('shows the first twenty rejected rows of a file and says how many more there are', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => `e-${i},c,2024-01-01`);
    const { text } = await run({ activity: [written(['learner_id,course_id,at', ...rows])] }, { verb: 'STARTED' });
    expect(text.match(/^ {2}line \d+, learner_id/gm)).toHaveLength(20);
    expect(text).toContain('line 21, learner_id');
    expect(text).toContain('and 30 more\n  Add --rejected FILE');
  });

  it('creates learners and skills that rows refer to when asked, for rows that are otherwise in order', async () => {
    const files = {
      courses: [written(['course_id,title,concepts', 'c1,One,Ruby on Rails|SOAP|Soap', 'c2,,Haskell'])],
      evidence: [written(['learner_id,skill_id,source,level', 'e9,sk-7,SELF,1'])],
      activity: [
        written([
          'learner_id,course_id,at',
          'e1,c1,2024-01-01',
          'e2,gone,2024-01-01',
          'e1,c1,2024-01-02',
          ' ,c1,2024-01-01',
        ]),
      ],
    };
    const without = await run(files, { verb: 'STARTED' });
    expect(without.counts.map((c) => c[4])).toEqual([2, 1, 4]);
    expect(without.text).toContain(
      'There is no skill named "Ruby on Rails"; import it with --skills FILE, or add --create-missing',
    );
    expect([await count('skill'), await count('learner')]).toEqual([0, 0]);

    const created = await run(files, { verb: 'STARTED', createMissing: true });
    expect(created.counts).toEqual([
      ['courses', 2, 1, 0, 1],
      ['evidence', 1, 1, 0, 0],
      ['activity', 4, 2, 0, 2],
    ]);
    expect([created.createdSkills, created.createdLearners]).toEqual([4, 2]);
    const skills = await test.sql<{ id: string; name: string }>('SELECT id, name FROM skill ORDER BY name COLLATE "C"');
    expect(skills.map((s) => s.name)).toEqual(['Ruby on Rails', 'SOAP', 'Soap', 'sk-7']);
    expect(skills.map((s) => s.id.replace(/-[0-9a-f]{8}$/, '-#'))).toEqual(['ruby-on-rails', 'soap', 'soap-#', 'sk-7']);
    expect(await test.sql('SELECT id FROM learner ORDER BY id')).toEqual([{ id: 'e1' }, { id: 'e9' }]);

    const again = await run(files, { verb: 'STARTED', createMissing: true });
    expect([again.createdSkills, again.createdLearners, await count('skill')]).toEqual([0, 0, 4]);
    expect(again.counts.at(-1)).toEqual(['activity', 4, 0, 2, 2]);
  });

  it('says why something missing cannot be created', async () => {
    const name = 'x'.repeat(600);
    const courses = written(['course_id,title,skills', `c,C,${name}`]);
    const { text } = await run({ courses: [courses] }, { createMissing: true });
    expect(text).toContain(
      `There is no skill named "${'x'.repeat(80)}…", and it cannot be created: name is 600 characters`,
    );
  });

  it('stores courses whose prerequisites come later in the file, however far, and refuses those that never come', async () => {
    const last = 2 * BATCH + 10;
    const rows = Array.from({ length: last + 1 }, (_, i) => {
      // A chain over three batches, backwards; then one circle and one that never comes.
      const needs = i === 0 ? BATCH + 5 : i === BATCH + 5 ? last : i === 7 ? 'never' : i === 9 ? 9 : null;
      return `c-${i},Course ${i},${needs === null ? '' : `c-${needs}`}`;
    });
    const { counts, text } = await run({ courses: [written(['course_id,title,prerequisite_ids', ...rows])] });
    expect(counts).toEqual([['courses', last + 1, last - 1, 0, 2]]);
    expect(text).toContain('line 9, prerequisite_ids: There is no course "c-never", neither in this file nor stored');
    expect(text).toContain('line 11, prerequisite_ids: This would close a circle');
    expect(await test.sql('SELECT course_id, prerequisite_id FROM course_prerequisite ORDER BY course_id')).toEqual([
      { course_id: 'c-0', prerequisite_id: `c-${BATCH + 5}` },
      { course_id: `c-${BATCH + 5}`, prerequisite_id: `c-${last}` },
    ]);
  });

  it('lets the later of two rows about the same thing count, wherever in the file they stand', async () => {
    const filler = Array.from({ length: BATCH }, (_, i) => `f-${i},Filler`);
    const rows = ['a,First', 'a,Second', 'b,First', ...filler, 'b,Second'];
    const { counts } = await run({ courses: [written(['course_id,title', ...rows])] });
    expect(counts).toEqual([['courses', BATCH + 4, BATCH + 4, 0, 0]]);
    expect(await test.sql(`SELECT id, title FROM course WHERE id IN ('a', 'b') ORDER BY id`)).toEqual([
      { id: 'a', title: 'Second' },
      { id: 'b', title: 'Second' },
    ]);
  });

  it('checks all files before it stores anything', async () => {
    const courses = written(['course_id,title', 'c1,One']);
    await expect(run({ courses: [courses], activity: [written(['learner_id,course_id,at'])] })).rejects.toThrow(
      '"verb" is missing',
    );
    await expect(run({ courses: [courses], learners: ['no-such-file.csv'] })).rejects.toThrow(
      'no-such-file.csv cannot be opened',
    );
    await expect(run({ courses: [courses] }, { rejectedPath: courses })).rejects.toThrow('would overwrite');
    expect(readFileSync(courses, 'utf8')).toBe('course_id,title\nc1,One\n');
    expect(await count('course')).toBe(0);
  });

  it('stops between batches when told to, and the next run completes the work without doubling any', async () => {
    const activity = await enrolments(60, 100);
    const controller = new AbortController();
    const stopped = await run(
      { activity: [activity] },
      {
        verb: 'STARTED',
        signal: controller.signal,
        onProgress: (text) => text.includes('rows/s') && controller.abort(),
      },
    );
    const stored = stopped.files[0]?.stored ?? 0;
    expect(stopped).toMatchObject({ isInterrupted: true, exitCode: 130 });
    expect(stopped.text).toContain('Run the same command again');
    expect(stored).toBeGreaterThan(0);
    expect(stored).toBeLessThan(6_000);
    expect(await count('interaction')).toBe(stored);

    const { counts } = await run({ activity: [activity] }, { verb: 'STARTED' });
    expect(counts).toEqual([['activity', 6_000, 6_000 - stored, stored, 0]]);
    expect(await count('interaction')).toBe(6_000);
    const [starts] = await test.sql<{ n: number }>('SELECT sum(starts)::integer AS n FROM learner_course');
    expect(starts?.n).toBe(6_000);
  });

  describe.runIf(kind === 'postgres')('with a server', () => {
    it('goes on after lost connections and loses nothing', async () => {
      const activity = await enrolments(60, 100);
      const losses: Promise<unknown>[] = [];
      const { counts } = await run(
        { activity: [activity] },
        {
          verb: 'STARTED',
          onProgress: () => {
            if (losses.length >= 3) return;
            const all = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()';
            // Ends its own connection too, so it may well be refused.
            losses.push(Promise.allSettled([test.sql(all)]));
          },
        },
      );
      expect(losses.length).toBeGreaterThan(0);
      await Promise.all(losses);
      const [report] = counts;
      // A batch that was stored while its answer was lost comes back as known before.
      expect([report?.[1], Number(report?.[2]) + Number(report?.[3]), report?.[4]]).toEqual([6_000, 6_000, 0]);
      // The pool may still hold connections of which it has not heard yet that they are lost.
      await vi.waitFor(
        async () => {
          expect(await count('interaction')).toBe(6_000);
          const [starts] = await test.sql<{ n: number }>('SELECT sum(starts)::integer AS n FROM learner_course');
          expect(starts?.n).toBe(6_000);
        },
        { timeout: 10_000 },
      );
    });
  });
});

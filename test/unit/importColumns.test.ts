import { describe, expect, it } from 'vitest';
import {
  type Column,
  columnAt,
  columnsMarkdown,
  columnsText,
  FILE_COLUMNS,
  FILE_KINDS,
  matchHeader,
  RowCells,
} from '../../src/cli/csvColumns.js';
import { IMPORT_HELP } from '../../src/cli/import.js';

describe('columns', () => {
  it('mean one thing under each of their names', () => {
    for (const kind of FILE_KINDS) {
      const columns: readonly Column[] = FILE_COLUMNS[kind];
      const names = columns.flatMap((c) => [c.name, ...c.aliases]).map((name) => name.replaceAll('_', ''));
      expect(names).toEqual([...new Set(names)]);
    }
  });

  it('are all in the help and in the table for the README', () => {
    for (const kind of FILE_KINDS) {
      for (const { name, aliases } of FILE_COLUMNS[kind] as readonly Column[]) {
        for (const text of [columnsMarkdown(), IMPORT_HELP]) expect(text).toContain(name);
        for (const alias of aliases) expect(columnsMarkdown()).toContain(`\`${alias}\``);
      }
    }
    expect(columnsMarkdown()).toContain(
      '| `course_id` | `id`, `item_id`, `content_id` | The id of the course. **Needed.** |',
    );
    // A bar within a cell would end it.
    expect(columnsMarkdown()).toContain('`MON-FRI 09:00-17:00\\|SAT 10:00-14:00`');
    expect(
      columnsText()
        .split('\n')
        .every((line) => line.length <= 110),
    ).toBe(true);
  });
});

describe('finding columns by a header', () => {
  it('goes by name or alias, whatever the case, spaces, hyphens and underscores', () => {
    const { indexByName } = matchHeader('courses', 'c.csv', [
      'Course ID',
      'course-title',
      'durationMinutes',
      'Concepts',
    ]);
    expect([...indexByName]).toEqual([
      ['course_id', 0],
      ['title', 1],
      ['duration_minutes', 2],
      ['skills', 3],
    ]);
  });

  it('tells which columns mean nothing', () => {
    expect(matchHeader('learners', 'l.csv', ['learner_id', 'email', 'Full name']).unknown).toEqual([
      'email',
      'Full name',
    ]);
  });

  it('names file, column and columns found when a needed one is missing', () => {
    expect(() => matchHeader('assignments', 'a.csv', ['learner', 'course_id'])).toThrow(
      'a.csv: the column "learner_id" is missing (also accepted: user_id, employee_id, person_id). ' +
        'The columns found are: learner, course_id.',
    );
  });

  it('lets an option stand in for the verb, and says so', () => {
    const header = ['learner_id', 'course_id', 'at'];
    expect(() => matchHeader('activity', 'a.csv', header)).toThrow(/"verb" is missing.*--verb STARTED/s);
    expect(matchHeader('activity', 'a.csv', header, new Set(['verb'])).indexByName.size).toBe(3);
  });

  it('takes either of two columns where one is enough', () => {
    const rest = ['learner_id', 'source', 'level'];
    expect(matchHeader('evidence', 'e.csv', [...rest, 'skill']).indexByName.has('skill')).toBe(true);
    expect(matchHeader('evidence', 'e.csv', [...rest, 'skill_id']).indexByName.has('skill_id')).toBe(true);
    expect(() => matchHeader('evidence', 'e.csv', rest)).toThrow('the column "skill_id" or "skill" is missing');
  });

  it('refuses two columns of one meaning', () => {
    expect(() => matchHeader('courses', 'c.csv', ['course_id', 'id'])).toThrow(
      'c.csv: the columns "course_id" and "id" both mean course_id; leave one out.',
    );
  });
});

describe('the place of an error', () => {
  it('is the column as the file calls it', () => {
    const header = matchHeader('courses', 'c.csv', ['Id', 'concepts', 'Duration']);
    expect(columnAt(header, ['durationMinutes'])).toBe('Duration');
    expect(columnAt(header, ['skills', '3', 'skillId'])).toBe('concepts');
    expect(columnAt(header, ['skills', '3', 'levelTo'])).toBe('skill_levels_to');
    expect(columnAt(header, ['prerequisiteIds', '0'])).toBe('prerequisite_ids');
    expect(columnAt(header, ['id'])).toBe('Id');
    expect(columnAt(header, [])).toBeNull();
  });
});

describe('the cells of a row', () => {
  const header = matchHeader('courses', 'c.csv', ['course_id', 'title', 'Minutes']);

  it('are undefined without a column and null when empty', () => {
    const cells = new RowCells<'courses'>(header, ['c1', '', '']);
    expect(cells.text('course_id')).toBe('c1');
    expect(cells.text('title')).toBeNull();
    expect(cells.text('url')).toBeUndefined();
    expect(cells.list('tags', (text) => ({ value: text }))).toBeUndefined();
    expect(cells.problems).toEqual([]);
  });

  it('note what cannot be read, by the name that the file gives the column', () => {
    const cells = new RowCells<'courses'>(header, ['c1', '', 'long']);
    expect(cells.read('duration_minutes', () => ({ problem: 'is not a number' }))).toBeNull();
    expect(cells.needed('title', (text) => ({ value: text }), 'none')).toBe('none');
    expect(cells.problems).toEqual([
      { column: 'Minutes', code: 'INVALID_VALUE', message: '"long" is not a number' },
      { column: 'title', code: 'INVALID_VALUE', message: 'title is empty' },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import type { Skill } from '../../src/catalog/course.js';
import { type FileKind, matchHeader, RowCells } from '../../src/cli/csvColumns.js';
import {
  activityRow,
  assignmentRow,
  courseRow,
  eventIdOf,
  evidenceRow,
  learnerRow,
  type RowContext,
  roleRow,
  skillRow,
} from '../../src/cli/importRows.js';
import { SkillNames } from '../../src/cli/skillNames.js';

const skill = (id: string, name: string): Skill => ({ id, name, description: null, parentId: null, taxonomyUri: null });
const STORED = new Map([skill('py', 'Python'), skill('go-1', 'Go'), skill('go-2', 'Go')].map((s) => [s.id, s]));

const context = (given: Partial<RowContext> = {}): RowContext => ({
  verb: null,
  source: 'import',
  timezone: null,
  skillNames: new SkillNames(() => STORED),
  ...given,
});

function cellsOf<K extends FileKind>(kind: K, row: Readonly<Record<string, string>>): RowCells<K> {
  return new RowCells<K>(matchHeader(kind, 'file.csv', Object.keys(row), new Set(['verb'])), Object.values(row));
}

/** Only what the row says: absent fields keep what is stored, so their absence counts. */
const stated = (row: object) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));

describe('rows of courses', () => {
  it('come from the columns of a public catalogue as they are', () => {
    const cells = cellsOf('courses', {
      course_id: '8082',
      title: 'learn ruby',
      level: 'esperto',
      language: 'english',
      categories: 'development|programming-languages',
      concepts: 'Ruby on Rails|Python',
      audiences: 'Teaching professionals',
    });
    expect(stated(courseRow(cells, context()))).toEqual({
      id: '8082',
      title: 'learn ruby',
      level: 'ADVANCED',
      language: 'en',
      tags: ['development', 'programming-languages', 'audience:Teaching professionals'],
      skills: [
        { skillId: 'ruby-on-rails', levelFrom: null, levelTo: null },
        { skillId: 'py', levelFrom: null, levelTo: null },
      ],
    });
    expect(cells.problems).toEqual([]);
  });

  it('leave out what has no column and clear what is empty', () => {
    expect(
      stated(courseRow(cellsOf('courses', { course_id: 'c', tags: '', skills: '', level: '' }), context())),
    ).toEqual({
      id: 'c',
      tags: null,
      skills: null,
      level: null,
    });
  });

  it('take levels for each skill, or one for all, but no other number of them', () => {
    const both = { course_id: 'c', skill_ids: 'a|b' };
    const read = (more: Readonly<Record<string, string>>) => {
      const cells = cellsOf('courses', { ...both, ...more });
      return { skills: courseRow(cells, context()).skills, problems: cells.problems.map((p) => p.message) };
    };
    expect(read({ skill_levels_from: '0.1|0.2', skill_levels_to: '0.8' }).skills).toEqual([
      { skillId: 'a', levelFrom: 0.1, levelTo: 0.8 },
      { skillId: 'b', levelFrom: 0.2, levelTo: 0.8 },
    ]);
    expect(read({ skill_levels_to: '0.1|0.2|0.3' }).problems).toEqual([
      'skill_levels_to has 3 entries for 2 skills; give one for each or one for all',
    ]);
  });

  it('refuse a name that several skills have', () => {
    const cells = cellsOf('courses', { course_id: 'c', skills: 'Go' });
    courseRow(cells, context());
    expect(cells.problems.map((p) => p.message)).toEqual([
      '"Go" is the name of several skills (go-1, go-2); name it by its id',
    ]);
  });
});

describe('rows of other files', () => {
  it('say what a learner row says', () => {
    const row = {
      employee_id: 'e-1',
      timezone: 'Europe/Berlin',
      languages: 'de|english',
      role: 'r',
      hired_on: '2024-03-01',
      work_pattern: 'FRI 08:00-12:00',
      quiet_hours: '20:00-07:00',
      active: 'no',
      opt_out: '',
    };
    expect(stated(learnerRow(cellsOf('learners', row)))).toEqual({
      id: 'e-1',
      timezone: 'Europe/Berlin',
      languages: ['de', 'en'],
      roleId: 'r',
      hiredOn: '2024-03-01',
      workPattern: [{ day: 'FRIDAY', start: '08:00', end: '12:00' }],
      quietHours: { start: '20:00', end: '07:00' },
      active: false,
      personalisationOptOut: null,
    });
  });

  it('say what skill, role, evidence and assignment rows say', () => {
    expect(stated(skillRow(cellsOf('skills', { skill_id: 's', name: 'S', parent: 'p' })))).toEqual({
      id: 's',
      name: 'S',
      parentId: 'p',
    });
    const role = {
      role_id: 'r',
      name: 'R',
      skill_ids: 'x',
      skills: 'Python',
      target_levels: '0.5|1',
      importance: '0.3',
    };
    expect(stated(roleRow(cellsOf('roles', role), context()))).toEqual({
      id: 'r',
      name: 'R',
      skills: [
        { skillId: 'x', targetLevel: 0.5, importance: 0.3 },
        { skillId: 'py', targetLevel: 1, importance: 0.3 },
      ],
    });
    const evidence = { learner_id: 'e', skill: 'Python', source: 'self', level: '0.5', observed_at: '2025-01-01' };
    expect(stated(evidenceRow(cellsOf('evidence', evidence), context()))).toEqual({
      learnerId: 'e',
      skillId: 'py',
      source: 'SELF',
      level: 0.5,
      observedAt: new Date('2025-01-01T00:00:00Z'),
    });
    const assignment = { learner_id: 'e', course_id: 'c', due: '2025-01-01T17:00', obligation: '' };
    expect(assignmentRow(cellsOf('assignments', assignment), context({ timezone: 'Asia/Kolkata' }))).toEqual({
      learnerId: 'e',
      courseId: 'c',
      obligation: 'ASSIGNED',
      dueAt: new Date('2025-01-01T11:30:00Z'),
    });
  });

  it('note every needed cell that is empty', () => {
    const cells = cellsOf('evidence', { learner_id: '', skill_id: '', skill: '', source: 'boss', level: 'high' });
    evidenceRow(cells, context());
    expect(cells.problems.map((p) => p.column)).toEqual(['learner_id', 'skill', 'source', 'level']);
  });
});

describe('rows of activity', () => {
  const row = { learner_id: '783922', course_id: '38097', at: '2013-08-21T15:36:41Z' };

  it('take verb and source from the options where the file has none', () => {
    const read = activityRow(cellsOf('activity', row), context({ verb: 'STARTED', source: 'lms' }));
    expect(read).toMatchObject({
      verb: 'STARTED',
      source: 'lms',
      learnerId: '783922',
      courseId: '38097',
      device: null,
    });
    const own = { ...row, verb: 'completed', source: 'portal', event_id: '7' };
    const ownRead = activityRow(cellsOf('activity', own), context({ verb: 'STARTED', source: 'lms' }));
    expect(ownRead).toMatchObject({ verb: 'COMPLETED', source: 'portal', eventId: '7' });
  });

  it('are refused with the way out when the verb is empty', () => {
    const cells = cellsOf('activity', { ...row, verb: '' });
    activityRow(cells, context());
    expect(cells.problems).toEqual([
      { column: 'verb', code: 'INVALID_VALUE', message: 'verb is empty; say with --verb what such rows tell' },
    ]);
  });

  it('get the same id for the same meaning, however it is written, and another for any other', () => {
    const idOf = (given: Readonly<Record<string, string>>) =>
      activityRow(cellsOf('activity', given), context({ verb: 'STARTED' })).eventId;
    const id = idOf(row);
    expect(id).toMatch(/^[\w-]{43}$/);
    expect(idOf({ ...row, verb: 'started', device: '', at: '2013-08-21T17:36:41+02:00' })).toBe(id);
    const others = [
      { ...row, learner_id: '783923' },
      { ...row, course_id: '38098' },
      { ...row, at: '2013-08-21T15:36:42Z' },
      { ...row, verb: 'VIEWED' },
      { ...row, device: 'mobile' },
      { ...row, progress: '0' },
      { ...row, source: 'lms' },
    ].map(idOf);
    expect(new Set([id, ...others]).size).toBe(others.length + 1);
  });

  it('keep their ids from one version to the next', () => {
    const event = { source: 'import', learnerId: 'e', courseId: 'c', verb: 'STARTED', at: new Date(0) } as const;
    expect(eventIdOf(event)).toBe('518lCV5lF4wg-DQ0WEDTZXRRAW2nYbh1G556OU0bJSE');
  });
});

describe('skills by name', () => {
  const idsFor = (names: readonly string[], stored: ReadonlyMap<string, Skill> = new Map()) => {
    const skillNames = new SkillNames(() => stored);
    return names.map((name) => {
      const found = skillNames.find(name);
      return 'id' in found ? found.id : null;
    });
  };

  it('make readable ids', () => {
    expect(idsFor(['Python (programming language)', 'C++', 'C#', 'Café & Bar', '機械学習', 'Ruby on Rails'])).toEqual([
      'python-programming-language',
      'c-plus-plus',
      'c-sharp',
      'cafe-and-bar',
      '機械学習',
      'ruby-on-rails',
    ]);
  });

  it('tell names of one slug apart by a hash, and give one name one id', () => {
    const [first, second, third, again] = idsFor(['SOAP', 'Soap', 'soap', 'Soap']);
    expect(first).toBe('soap');
    expect(second).toMatch(/^soap-[0-9a-f]{8}$/);
    expect(third).toMatch(/^soap-[0-9a-f]{8}$/);
    expect(new Set([first, second, third]).size).toBe(3);
    expect(again).toBe(second);
    expect(idsFor(['!!!'])[0]).toMatch(/^[0-9a-f]{8}$/);
    expect(idsFor(['x'.repeat(300)])[0]).toMatch(/^x{80}-[0-9a-f]{8}$/);
  });

  it('find stored skills by name, then by id, and never take a stored id for another name', () => {
    const stored = new Map([skill('s-1', 'Data  analysis'), skill('soap', 'SOAP')].map((s) => [s.id, s]));
    expect(idsFor(['Data analysis', 's-1', 'SOAP', 'soap'], stored)).toEqual(['s-1', 's-1', 'soap', 'soap']);
    expect(idsFor(['Soap'], stored)[0]).toMatch(/^soap-/);
  });

  it('do not take an id that was made for one name for another name, once it is stored', () => {
    const stored = new Map<string, Skill>();
    const skillNames = new SkillNames(() => new Map(stored));
    expect(skillNames.find('SOAP')).toEqual({ id: 'soap' });
    stored.set('soap', skill('soap', 'SOAP'));
    expect(skillNames.find('soap')).not.toEqual({ id: 'soap' });
  });

  it('find what has been stored since', () => {
    let stored: ReadonlyMap<string, Skill> = new Map();
    const skillNames = new SkillNames(() => stored);
    expect(skillNames.find('Soap')).toEqual({ id: 'soap' });
    expect(skillNames.newName('soap')).toBe('Soap');
    stored = new Map([['s', skill('s', 'Soap')]]);
    expect(skillNames.find('Soap')).toEqual({ id: 's' });
  });
});

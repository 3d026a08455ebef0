import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DataDeclaration, PersonalTable } from '../../src/platform/personalData.js';
import {
  hasWord,
  isDistinctive,
  names,
  needleOf,
  replaced,
  replacedRow,
  toldRow,
  traceIn,
} from '../../src/privacy/naming.js';
import type { TableColumn } from '../../src/privacy/tables.store.js';
import { undeclared } from '../support/dataDeclarations.js';

const ANN = { id: 'e-00042', pseudonym: 'p-0123456789abcdef' };
const SHORT = { id: '42', pseudonym: 'p-0123456789abcdef' };

describe('a person in a stored value', () => {
  test('is replaced wherever the column says that people stand', () => {
    expect(replaced('SUBJECT', 'e-00042', ANN)).toBe(ANN.pseudonym);
    expect(replaced('PERSON', 'e-00042', ANN)).toBe(ANN.pseudonym);
    expect(replaced('CLEARED', 'e-00042', ANN)).toBeNull();
    expect(replaced('IDS', ['e-1', 'e-00042', 'e-2'], ANN)).toEqual(['e-1', 'e-2']);
    expect(replaced('ACTOR', 'person e-00042', ANN)).toBe(`person ${ANN.pseudonym}`);
    expect(replaced('ACTOR', 'key e-00042', ANN)).toBe('key e-00042');
    expect(replaced('PENDING', 'e-00042', ANN)).toBe('e-00042');
  });

  test('is found in JSON by the names of its fields, however short the id', () => {
    const content = { audience: { learnerIds: ['42', '7'], departments: ['42'] }, courseIds: ['42'], by: 'person 42' };
    expect(replaced('JSON', content, SHORT)).toEqual({
      audience: { learnerIds: [SHORT.pseudonym, '7'], departments: ['42'] },
      courseIds: ['42'],
      by: `person ${SHORT.pseudonym}`,
    });
  });

  test('keeps their place in an audience: a rule for one must not become one for everybody', () => {
    const audience = replaced('JSON', { learnerIds: [ANN.id] }, ANN) as { learnerIds: string[] };
    expect(audience.learnerIds).toHaveLength(1);
  });

  test('is found in a text as a word, in any case, and not in longer ids', () => {
    const text = 'Asked by e-00042, not e-000421, e-00042-b or xe-00042; see E-00042.';
    const without = `Asked by ${ANN.pseudonym}, not e-000421, e-00042-b or xe-00042; see ${ANN.pseudonym}.`;
    expect(replaced('PROSE', text, ANN)).toBe(without);
  });

  test('with a short id is found in a text only where the text says that it is a person', () => {
    expect(replaced('PROSE', 'At least 42 percent; the learner 42 asked, person “42” too.', SHORT)).toBe(
      `At least 42 percent; the learner ${SHORT.pseudonym} asked, person “${SHORT.pseudonym}” too.`,
    );
  });

  test('leaves the very value where nobody is named', () => {
    const content = { learnerIds: ['e-1'], text: 'nothing' };
    expect(replaced('JSON', content, ANN)).toBe(content);
    expect(names('JSON', content, ANN.id)).toBe(false);
  });

  test('that is left over has to go from where people stand, and may stay a word elsewhere', () => {
    const table: PersonalTable = {
      ...{ table: 'note', section: 'notes', description: 'Notes', impersonal: ['course_id'] },
      columns: { learner_id: 'SUBJECT', text: 'PROSE', erased: 'PENDING' },
      ...{ exporter: 'OWN_ROWS', eraser: 'DELETE', retention: { class: 'RECORD' } },
    };
    const courses = { table: 'course', because: 'courses', impersonal: [] };
    const trace = (row: Readonly<Record<string, unknown>>, declared: PersonalTable | typeof courses | null = table) =>
      traceIn(declared, row, ANN.id);
    expect(trace({ learner_id: ANN.id, text: null, course_id: 'c1' })).toBe('NAMES');
    expect(trace({ learner_id: 'e-1', text: `by ${ANN.id}`, course_id: ANN.id })).toBe('NAMES');
    expect(trace({ learner_id: 'e-1', text: null, new_column: ANN.id })).toBe('NAMES');
    expect(trace({ learner_id: 'e-1', text: null, course_id: ANN.id })).toBe('WORD');
    expect(trace({ learner_id: `hr:${ANN.id}`, text: null, course_id: 'c1' })).toBe('WORD');
    expect(trace({ learner_id: 'e-1', text: null, erased: ANN.id })).toBeNull();
    expect(trace({ id: ANN.id }, courses)).toBe('WORD');
    expect(trace({ id: ANN.id }, null)).toBe('NAMES');
    expect(traceIn(null, { id: SHORT.id }, SHORT.id)).toBeNull();
    expect(traceIn(table, { learner_id: SHORT.id }, SHORT.id)).toBe('NAMES');
  });

  test.each([
    ['e-00042', true],
    ['ann.smith@example.org', true],
    ['9d5e4d3f-7a0b-4c50-8a7a-0f6f3d0f2b11', true],
    ['42', false],
    ['20261123', false],
    ['may', false],
    ['e-1', false],
    ['marketing', false],
  ])('the id %s is distinctive: %s', (id, expected) => {
    expect(isDistinctive(id)).toBe(expected);
  });

  const ids = fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }).filter((id) => id.trim() !== '');
  const uses = fc.constantFrom('SUBJECT', 'PERSON', 'CLEARED', 'IDS', 'ACTOR', 'JSON', 'PROSE' as const);

  test('is named no more once they are replaced, and replacing again changes nothing', () => {
    fc.assert(
      fc.property(ids, uses, fc.string(), (id, use, text) => {
        const person = { id, pseudonym: 'p-0123456789abcdef' };
        fc.pre(!person.pseudonym.includes(id));
        const value =
          use === 'IDS'
            ? [id, text]
            : use === 'JSON'
              ? { learnerId: id, inner: [{ learnerIds: [text, id] }, `person ${id}`] }
              : use === 'ACTOR'
                ? `person ${id}`
                : use === 'PROSE'
                  ? `${text} learner ${id}`
                  : id;
        const without = replaced(use, value, person);
        expect(names(use, without, id)).toBe(false);
        expect(replaced(use, without, person)).toBe(without);
      }),
    );
  });

  test('is found by the needle in the JSON that a database shows of it', () => {
    fc.assert(
      fc.property(ids, (id) => {
        expect(JSON.stringify({ learnerId: id })).toContain(needleOf(id));
      }),
    );
    expect(needleOf('a"bcd"e')).toBe('bcd');
  });

  test('that is distinctive is found in any text of a row', () => {
    expect(hasWord({ text: `Hello ${ANN.id}!`, n: 1 }, ANN.id)).toBe(true);
    expect(hasWord({ ids: ['a', ANN.id] }, ANN.id)).toBe(true);
    expect(hasWord({ [ANN.id]: true }, ANN.id)).toBe(true);
    expect(hasWord({ text: 'e-000420' }, ANN.id)).toBe(false);
  });
});

const AUDIT: PersonalTable = {
  table: 'log',
  section: 'log',
  description: 'A log.',
  columns: { by: 'ACTOR', text: 'PROSE', after: 'JSON' },
  impersonal: ['action'],
  exporter: 'NAMING_ROWS',
  eraser: 'REPLACE',
  retention: { class: 'CONFIGURATION' },
};

describe('a row of others that names somebody', () => {
  const row = {
    id: 1,
    by: 'person boss',
    text: 'The rule for e-00042 and e-00077',
    after: { audience: { learnerIds: ['e-00042', 'e-00077'] }, owner: 'person e-00088' },
    action: 'ADDED',
  };

  test('is told without other people and without what others wrote', () => {
    expect(toldRow(AUDIT, row, ANN.id)).toEqual({
      id: 1,
      by: 'another person',
      text: null,
      after: { audience: { learnerIds: ['e-00042'] }, owner: 'another person' },
      action: 'ADDED',
    });
  });

  test('is told whole to whoever did it', () => {
    expect(toldRow(AUDIT, row, 'boss')).toBe(row);
  });

  test('is mended after somebody was replaced in it', () => {
    const counted: PersonalTable = { ...AUDIT, mend: (made) => ({ ...made, action: 'MENDED' }) };
    expect(replacedRow(counted, row, ANN)).toMatchObject({
      action: 'MENDED',
      text: `The rule for ${ANN.pseudonym} and e-00077`,
    });
    expect(replacedRow(counted, row, { id: 'e-99999', pseudonym: 'p' })).toBeNull();
  });
});

describe('the check of what is declared', () => {
  const columns: readonly TableColumn[] = [
    { table: 'log', column: 'id', type: 'bigint' },
    ...['by', 'text', 'action'].map((column) => ({ table: 'log', column, type: 'text' })),
    { table: 'log', column: 'after', type: 'jsonb' },
  ];
  const declaration = (table: PersonalTable): DataDeclaration[] => [{ personal: [table], impersonal: [] }];

  test('has nothing to say where everything is declared', () => {
    expect(undeclared(columns, declaration(AUDIT))).toEqual([]);
  });

  test('names a table that is not declared, and one that is not there', () => {
    expect(undeclared(columns, [])).toEqual(['log is not declared']);
    expect(undeclared([], declaration(AUDIT))).toContain('log is declared, but not there');
  });

  test('names a column that is new', () => {
    const more = [...columns, { table: 'log', column: 'manager_id', type: 'text' }];
    expect(undeclared(more, declaration(AUDIT))).toEqual(['log.manager_id is not accounted for']);
    const hidden = { ...AUDIT, impersonal: ['action', 'manager_id'] };
    expect(undeclared(more, declaration(hidden))).toEqual(['log.manager_id holds people']);
  });

  test.each(['exporter', 'eraser', 'retention'] as const)('names a table without %s', (part) => {
    const { [part]: _, ...rest } = AUDIT;
    expect(undeclared(columns, declaration(rest as PersonalTable))).not.toEqual([]);
  });

  test('does not believe that a table with people in it is impersonal', () => {
    const impersonal = [{ table: 'log', because: 'nobody is in it', impersonal: [] }];
    expect(undeclared(columns, [{ personal: [], impersonal }])).toEqual([
      'log.by could hold people, and is not accounted for',
      'log.after could hold people, and is not accounted for',
    ]);
  });
});

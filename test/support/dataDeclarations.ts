import type { DataDeclaration, PersonalTable } from '../../src/platform/personalData.js';
import type { TableColumn } from '../../src/privacy/tables.store.js';

/** Types that an id can stand in, with those of which nobody can tell by their names what they hold. */
const TEXT_TYPES = new Set(['text', 'character varying', 'jsonb', 'json', 'ARRAY', 'bytea', 'tsvector']);
const OPAQUE_TYPES = new Set(['jsonb', 'json', 'ARRAY', 'bytea', 'tsvector']);
/** Names of columns that say themselves that they hold people. */
const PERSONAL_NAME = /(^|_)(learners?|managers?|persons?|people|members?|owner|by)(_ids?)?$/;

/**
 * What is wrong with what features declare of the tables that there are, in words; empty: all of them are declared, and so
 * is every column that could hold a person.
 */
export function undeclared(columns: readonly TableColumn[], declarations: readonly DataDeclaration[]): string[] {
  const personal = declarations.flatMap((declaration) => declaration.personal);
  const impersonal = declarations.flatMap((declaration) => declaration.impersonal);
  const declared = [...personal, ...impersonal].map(({ table }) => table);
  const tables = [...new Set(columns.map(({ table }) => table))];
  const columnsOf = (table: string) => columns.filter((column) => column.table === table);
  return [
    ...tables.filter((table) => !declared.includes(table)).map((table) => `${table} is not declared`),
    ...declared.filter((table) => !tables.includes(table)).map((table) => `${table} is declared, but not there`),
    ...declared.filter((table, i) => declared.indexOf(table) !== i).map((table) => `${table} is declared twice`),
    ...personal.flatMap((table) => problemsOfPersonal(table, columnsOf(table.table))),
    ...impersonal.flatMap(({ table, because, impersonal: named }) => [
      ...(because.trim() === '' ? [`${table} is said to be impersonal for no reason`] : []),
      ...columnsOf(table)
        .filter(
          ({ column, type }) =>
            (TEXT_TYPES.has(type) && PERSONAL_NAME.test(column)) || (OPAQUE_TYPES.has(type) && !named.includes(column)),
        )
        .map(({ column }) => `${table}.${column} could hold people, and is not accounted for`),
    ]),
  ];
}

function problemsOfPersonal(table: PersonalTable, columns: readonly TableColumn[]): string[] {
  const { table: name, impersonal, exporter, eraser, retention } = table;
  const used = Object.keys(table.columns);
  const known = columns.map(({ column }) => column);
  const isOwn = Object.values(table.columns).includes('SUBJECT');
  return [
    ...columns
      .filter(({ column, type }) => TEXT_TYPES.has(type) && !used.includes(column) && !impersonal.includes(column))
      .map(({ column }) => `${name}.${column} is not accounted for`),
    ...[...used, ...impersonal].filter((column) => !known.includes(column)).map((column) => `${name} has no ${column}`),
    ...impersonal.filter((column) => PERSONAL_NAME.test(column)).map((column) => `${name}.${column} holds people`),
    ...(exporter === undefined || (typeof exporter === 'object' && exporter.nothing.trim() === '')
      ? [`${name} has no exporter`]
      : []),
    ...((exporter === 'OWN_ROWS') !== isOwn && typeof exporter === 'string' ? [`${name} exports the wrong rows`] : []),
    ...(eraser === undefined || (eraser === 'DELETE') !== isOwn ? [`${name} has no eraser that fits`] : []),
    ...(retention === undefined ? [`${name} has no retention`] : []),
    ...(retention !== undefined && 'at' in retention && !known.includes(retention.at)
      ? [`${name} has no ${retention.at} to be kept by`]
      : []),
  ];
}

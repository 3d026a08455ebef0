import { DomainError } from '../platform/errors.js';
import type { ItemContent } from '../recsys/contentFeatures.js';
import { matchHeader, RowCells } from './csvColumns.js';
import { openCsv } from './csvFile.js';

/**
 * What is written about the courses of a file, by their ids. The columns are those that "waymark import" reads, cell by
 * cell as they stand: nothing here is stored, so nothing needs to fit the service's own vocabulary.
 *
 * @throws DomainError BAD_USER_INPUT naming the file and the line that cannot be read
 */
export async function readCourseContents(path: string): Promise<ReadonlyMap<string, ItemContent>> {
  const file = await openCsv(path);
  try {
    const header = matchHeader('courses', path, file.header);
    const contents = new Map<string, ItemContent>();
    for await (const entries of file.lines()) {
      for (const entry of entries) {
        if ('problem' in entry)
          throw new DomainError('BAD_USER_INPUT', `${path}: line ${entry.line} ${entry.problem}.`);
        const cells = new RowCells(header, entry.cells);
        const list = (name: Parameters<typeof cells.list>[0]): readonly string[] =>
          cells.list(name, (text) => ({ value: text })) ?? [];
        const id = cells.text('course_id');
        if (id === undefined || id === null || id === '') {
          throw new DomainError('BAD_USER_INPUT', `${path}: line ${entry.line} has no course_id.`);
        }
        contents.set(id, {
          title: cells.text('title') ?? '',
          description: cells.text('description') ?? null,
          provider: cells.text('provider') ?? null,
          level: cells.text('level') ?? null,
          language: cells.text('language') ?? null,
          kind: cells.text('kind') ?? null,
          categories: [...list('tags'), ...list('categories')],
          skills: [...list('skills'), ...list('skill_ids')],
          audiences: list('audiences'),
        });
      }
    }
    return contents;
  } finally {
    file.close();
  }
}

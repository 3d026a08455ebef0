import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TermMatches } from '../../src/catalog/courseSearch.js';
import { SearchMatcher } from '../../src/recommendations/pipeline/searchMatcher.js';
import { aCourse, aSkill } from '../support/builders.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { store } from '../support/ingest.js';
import { openTestApp, type TestApp } from '../support/testApp.js';

const PYTHON = aSkill({ id: 'py', name: 'Python' });
const MEDIATION = aSkill({ id: 'mediation', name: 'Conflict mediation' });

const COURSES = [
  aCourse({ id: 'negotiation', title: 'Negotiation', language: 'en' }),
  aCourse({
    id: 'selling',
    title: 'Selling to large accounts',
    description: 'Discovery, proposals, and how to negotiate a contract.',
    language: 'en-GB',
  }),
  aCourse({ id: 'verhandeln', title: 'Erfolgreiche Verhandlungen führen', language: 'de' }),
  aCourse({ id: 'négocier', title: 'Négocier avec ses fournisseurs', language: 'fr-CA' }),
  aCourse({ id: 'tok', title: 'Olsem wanem blong wok wantem Excel', language: 'bi' }),
  aCourse({ id: 'scripts', title: 'Scripts that save time', language: 'en', skills: [{ skillId: PYTHON.id }] }),
  aCourse({ id: 'snakes', title: 'Reptiles', description: 'Has a chapter on the python.', language: 'en' }),
  aCourse({ id: 'tagged', title: 'Data by hand', tags: ['python', 'pandas'], language: 'en' }),
  aCourse({ id: 'any-language', title: 'The art of Kanban', language: null }),
  aCourse({ id: 'power-bi', title: 'Reports with Power BI', language: 'en' }),
  aCourse({ id: 'power', title: 'The power of habit', language: 'en' }),
  aCourse({ id: 'dispute', title: 'When colleagues fall out', language: 'en', skills: [{ skillId: MEDIATION.id }] }),
];

describeOnBothDatabases('searching the catalogue', (kind) => {
  let service: TestApp;
  beforeAll(async () => {
    service = await openTestApp(kind);
    await store(service, { skills: [PYTHON, MEDIATION], courses: COURSES });
  });
  afterAll(() => service.close());

  const matches = async (term: string): Promise<TermMatches> => {
    const [found] = await service.app.catalog.search([term]);
    if (found === undefined) throw new Error('A term has matches, if only none');
    return found;
  };
  const found = async (term: string): Promise<string[]> =>
    (await matches(term)).courses.map(({ courseId }) => courseId);

  test.each([
    ['negotiations', ['negotiation', 'selling']],
    ['NEGOTIATING', ['negotiation', 'selling']],
    ['verhandlung', ['verhandeln']],
    ['négociez', ['négocier']],
  ])('finds every form of a word in the language of the course (%s)', async (term, courseIds) => {
    expect(await found(term)).toEqual(courseIds);
  });

  test('finds a word as it is written, whatever the language of the course', async () => {
    expect(await found('excel')).toEqual(['tok']);
    expect(await found('blong')).toEqual(['tok']);
    expect(await found('kanban')).toEqual(['any-language']);
    // A stem of English does not hit what is French.
    expect(await found('fournisseurs')).toEqual(['négocier']);
    expect(await found('avec')).toEqual([]);
  });

  test('takes the title for more than skills, skills for more than tags, and the description for the least', async () => {
    const title = aCourse({ title: 'Python', language: 'en' });
    await store(service, { courses: [title] });
    const { courses, isPartial, correctedTerm } = await matches('python');
    expect(courses.map(({ courseId }) => courseId)).toEqual([title.id, 'scripts', 'tagged', 'snakes']);
    expect(courses[0]?.relevance).toBe(1);
    expect(courses.at(-1)?.relevance).toBeLessThan(0.5);
    expect({ isPartial, correctedTerm }).toEqual({ isPartial: false, correctedTerm: null });
    await store(service, { courses: [{ ...title, title: 'Nothing of the kind' }] });
    expect(await found('python')).toEqual(['scripts', 'tagged', 'snakes']);
  });

  test('puts equally good courses in the order of their ids', async () => {
    const twins = ['Zeta', 'alpha', 'Ärger', 'beta'].map((id) => aCourse({ id, title: 'Falconry', language: 'en' }));
    await store(service, { courses: twins });
    const { courses } = await matches('falconry');
    expect(courses.map(({ courseId }) => courseId)).toEqual(['Zeta', 'alpha', 'beta', 'Ärger']);
    expect(courses.every(({ relevance }) => relevance === 1)).toBe(true);
  });

  test('wants all of the words, and takes some of them only where no course has all', async () => {
    expect(await found('power bi')).toEqual(['power-bi']);
    const some = await matches('power negotiation tricks');
    expect(some).toMatchObject({ isPartial: true, correctedTerm: null });
    expect(some.courses.map(({ courseId }) => courseId).sort()).toEqual([
      'negotiation',
      'power',
      'power-bi',
      'selling',
    ]);
    expect(Math.max(...some.courses.map(({ relevance }) => relevance))).toBeCloseTo(0.5 / 3);
    const two = await matches('power reports tricks');
    expect(two.courses.map(({ courseId }) => courseId)).toEqual(['power-bi', 'power']);
    expect(two.courses[0]?.relevance).toBeCloseTo(0.5 * (2 / 3));
  });

  test('lets words go that only say in which form somebody wants to learn', async () => {
    const { courses, isPartial } = await matches('negotiation course for beginners pdf');
    expect(courses.map(({ courseId }) => courseId)).toEqual(['negotiation', 'selling']);
    expect(isPartial).toBe(false);
    expect(await found('japanese for beginners')).toEqual([]);
  });

  test.each([
    ['negotation', 'negotiation'],
    ['pythn', 'python'],
    ['Conflcit mediatoin', 'conflict mediation'],
  ])('corrects misspelt words that nothing has, and says so (%s)', async (term, correctedTerm) => {
    const corrected = await matches(term);
    expect(corrected).toMatchObject({ term, correctedTerm, isPartial: false });
    const [meant] = await service.app.catalog.search([correctedTerm]);
    expect(corrected.courses).toEqual(meant?.courses);
    expect(corrected.courses.length).toBeGreaterThan(0);
  });

  test('reads phrases, exclusions and alternatives as web searches do', async () => {
    expect(await found('"power of habit"')).toEqual(['power']);
    expect(await found('"bi power"')).toEqual([]);
    expect(await found('power -habit')).toEqual(['power-bi']);
    expect(await found('power -bi')).toEqual(['power']);
    expect(await found('excel or kanban')).toEqual(['any-language', 'tok']);
    expect(await found('-power')).toEqual([]);
    expect(await found('excel or -power')).toEqual([]);
  });

  test.each([
    '',
    '   ',
    'the',
    'the of and',
    'und',
    '"',
    '-',
    '!!!',
    '&|!():*',
    "'; DROP TABLE course; --",
    '\0',
    '\ud800',
  ])('finds nothing for what asks for nothing (%j)', async (term) => {
    expect(await matches(term)).toEqual({ term, correctedTerm: null, isPartial: false, courses: [] });
  });

  test('takes any text without harm, and keeps to its promises', async () => {
    const word = fc.constantFrom('power', 'bi', 'python', 'negotation', 'the', 'or', '-excel', '"kanban', '<->', ':*');
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.array(word).map((words) => words.join(' ')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 12 }), async (terms) => {
        const answers = await service.app.catalog.search(terms);
        expect(answers.map(({ term }) => term)).toEqual(terms);
        for (const { courses, isPartial } of answers) {
          const relevances = courses.map(({ relevance }) => relevance);
          expect(relevances).toEqual([...relevances].sort((a, b) => b - a));
          expect(new Set(courses.map(({ courseId }) => courseId)).size).toBe(courses.length);
          for (const relevance of relevances) {
            expect(relevance).toBeGreaterThan(0);
            expect(relevance).toBeLessThanOrEqual(isPartial ? 0.5 : 1);
          }
          if (!isPartial && courses.length > 0) expect(relevances[0]).toBe(1);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('answers many terms at once as it answers each alone', async () => {
    const terms = [
      ...Array.from({ length: 130 }, (_, i) => `nothing${i}`),
      'python',
      'negotation',
      'power -bi',
      'python',
    ];
    const together = await service.app.catalog.search(terms);
    expect(together.slice(0, 130).every(({ courses }) => courses.length === 0)).toBe(true);
    expect(together.slice(130)).toEqual(
      await Promise.all(['python', 'negotation', 'power -bi', 'python'].map((term) => matches(term))),
    );
  });

  test('finds at most 50 courses for a term', async () => {
    const many = Array.from({ length: 60 }, () => aCourse({ title: 'Beekeeping', language: 'en' }));
    await store(service, { courses: many });
    expect(await found('beekeeping')).toEqual(many.slice(0, 50).map(({ id }) => id));
  });

  test('knows the new name of a skill, and no longer the old one', async () => {
    expect(await found('arbitration')).toEqual([]);
    await store(service, { skills: [{ ...MEDIATION, name: 'Arbitration' }] });
    expect(await found('arbitration')).toEqual(['dispute']);
    expect(await found('mediation')).toEqual([]);
    await store(service, { skills: [MEDIATION] });
    expect(await found('mediation')).toEqual(['dispute']);
  });

  test('finds courses stored before there was a search', async () => {
    const { dataSource } = service.app.database;
    const before = await documents();
    expect(before.every(({ words }) => words !== '')).toBe(true);
    const names = dataSource.migrations.map(({ name }) => name ?? '');
    const place = names.findIndex((name) => name.startsWith('ProfilesAndFeeds'));
    for (let last = names.length; last > place; last--) await dataSource.undoLastMigration();
    await dataSource.runMigrations();
    expect(await documents()).toEqual(before);
  });
  const documents = () =>
    service.sql<{ id: string; words: string }>(
      'SELECT course.id, course.search_document::text AS words FROM course ORDER BY course.id',
    );
});

describeOnBothDatabases('the search matcher', (kind) => {
  let service: TestApp;
  let matcher: SearchMatcher;
  beforeAll(async () => {
    service = await openTestApp(kind);
    matcher = new SearchMatcher(service.app.catalog);
    await store(service, { courses: [aCourse({ id: 'welding', title: 'Welding', language: 'en' })] });
  });
  afterAll(() => service.close());

  const search = (term: string, hadNoResults = false) => ({ term, atMs: 7, hadNoResults, followedAtMs: null });

  test('gives each learner the matches of their own searches, in their order', async () => {
    const welding = { term: 'welding', correctedTerm: null, isPartial: false };
    const courses = [{ courseId: 'welding', relevance: 1 }];
    expect(await matcher.matchesOf([[search('nothing', true), search('welding')], [], [search('weldign')]])).toEqual([
      [
        { term: 'nothing', correctedTerm: null, isPartial: false, atMs: 7, hadNoResults: true, courses: [] },
        { ...welding, atMs: 7, hadNoResults: false, courses },
      ],
      [],
      [{ ...welding, term: 'weldign', correctedTerm: 'welding', atMs: 7, hadNoResults: false, courses }],
    ]);
  });

  test('finds a new course at the next call', async () => {
    const soldering = async () => (await matcher.matchesOf([[search('soldering')]]))[0]?.[0]?.courses;
    expect(await soldering()).toEqual([]);
    await store(service, { courses: [aCourse({ id: 'soldering', title: 'Soldering', language: 'en' })] });
    expect(await soldering()).toEqual([{ courseId: 'soldering', relevance: 1 }]);
  });
});

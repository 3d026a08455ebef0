import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeCourseStates } from '../../src/learners/courseState.js';
import { type ProfileDelta, profileDelta } from '../../src/learners/profileDelta.js';
import type { ProfileEvent } from '../../src/learners/profileEvent.js';
import { FOLLOWED_WITHIN_MINUTES, normaliseTerm, opensCourse } from '../../src/learners/search.js';
import { inOrder, type PlainProfiles, plainProfiles, someEvents } from '../support/plainProfiles.js';

const MORNING = new Date('2025-03-12T08:30:00Z');
const MINUTE_MS = 60_000;

const anEvent = (stated: Partial<ProfileEvent> & Pick<ProfileEvent, 'verb'>): ProfileEvent => ({
  ...{ learnerId: 'ada', courseId: null, at: MORNING, device: null, channel: null, durationSeconds: null },
  ...{ progress: null, score: null, query: null, resultCount: null, page: null, servedListId: null, reason: null },
  ...stated,
});

/** What the store does with deltas, in memory. */
class HeldProfiles {
  readonly #log: ProfileEvent[] = [];
  readonly #tables = new Map<string, Map<string, object>>();

  record(batch: readonly ProfileEvent[]): void {
    this.#log.push(...batch);
    const delta = profileDelta(batch);
    const { min, max } = Math;
    this.#merge('evidence', delta.evidence, ['learnerId'], (a, b) => ({
      ...{ events: a.events + b.events, firstAtMs: min(a.firstAtMs, b.firstAtMs) },
      lastAtMs: max(a.lastAtMs, b.lastAtMs),
    }));
    const courses = delta.courses.map(({ state, ...key }) => ({ ...key, ...state }));
    this.#merge('courses', courses, ['learnerId', 'courseId'], (a, b) => mergeCourseStates(a, b));
    this.#merge('activeHours', delta.activeHours, ['learnerId', 'hourStartMs'], () => ({}));
    this.#merge('touchpoints', delta.touchpoints, ['learnerId', 'device', 'channel'], (a, b) => ({
      events: a.events + b.events,
    }));
    this.#merge('pages', delta.pages, ['learnerId', 'page'], (a, b) => ({
      visits: a.visits + b.visits,
      lastAtMs: max(a.lastAtMs, b.lastAtMs),
    }));
    this.#merge('sittings', delta.sittings, ['learnerId', 'device', 'minutes'], (a, b) => ({
      sittings: a.sittings + b.sittings,
    }));
    const searches = delta.searches.map((search) => ({ ...search, followedAtMs: this.#followedAtMs(search) }));
    this.#merge('searches', searches, ['learnerId', 'atMs', 'term'], (a, b) => ({
      searches: a.searches + b.searches,
      zeroResults: a.zeroResults + b.zeroResults,
      followedAtMs: least(a.followedAtMs, b.followedAtMs),
    }));
    for (const { learnerId, atMs } of delta.openings) {
      for (const search of this.#rows('searches') as Iterable<(typeof searches)[number]>) {
        const sinceMs = atMs - search.atMs;
        if (search.learnerId !== learnerId || sinceMs < 0 || sinceMs > FOLLOWED_WITHIN_MINUTES * MINUTE_MS) continue;
        search.followedAtMs = least(search.followedAtMs, atMs);
      }
    }
  }

  get tables(): PlainProfiles {
    const names = ['evidence', 'courses', 'activeHours', 'touchpoints', 'searches', 'pages', 'sittings'] as const;
    return Object.fromEntries(names.map((name) => [name, inOrder([...this.#rows(name)])])) as never;
  }

  #followedAtMs({ learnerId, atMs }: ProfileDelta['searches'][number]): number | null {
    return this.#log
      .filter((event) => event.learnerId === learnerId && opensCourse(event))
      .map(({ at }) => at.getTime())
      .filter((openedMs) => openedMs >= atMs && openedMs <= atMs + FOLLOWED_WITHIN_MINUTES * MINUTE_MS)
      .reduce<number | null>(least, null);
  }

  #rows(table: string): Iterable<object> {
    return this.#tables.get(table)?.values() ?? [];
  }

  #merge<T extends object>(
    table: string,
    rows: readonly T[],
    key: readonly (keyof T)[],
    merge: (a: T, b: T) => object,
  ) {
    const held = this.#tables.get(table) ?? new Map<string, object>();
    this.#tables.set(table, held);
    const names = new Set<string>();
    for (const row of rows) {
      const name = JSON.stringify(key.map((field) => row[field]));
      // An upsert refuses to touch one row twice.
      expect(names.has(name)).toBe(false);
      names.add(name);
      const before = held.get(name) as T | undefined;
      held.set(name, before === undefined ? { ...row } : { ...row, ...merge(before, row) });
    }
  }
}

function least(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.min(a, b);
}

describe('profileDelta', () => {
  test('of batches in any order and of any size comes to the profile of the whole log', () => {
    const someLog = fc.array(someEvents(['ada', 'grace'], ['c1', 'c2'], MORNING), { maxLength: 40 });
    fc.assert(
      fc.property(
        someLog.chain((log) => fc.tuple(fc.constant(log), fc.shuffledSubarray(log, { minLength: log.length }))),
        fc.infiniteStream(fc.integer({ min: 1, max: 12 })),
        ([log, shuffled], sizes) => {
          const held = new HeldProfiles();
          for (let rest = [...shuffled]; rest.length > 0; ) held.record(rest.splice(0, sizes.next().value as number));
          expect(held.tables).toEqual(plainProfiles(log));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test('keeps to what is known: nothing of nothing', () => {
    expect(Object.values(profileDelta([])).flat()).toEqual([]);
  });

  test('takes spellings of a term for one, and a search for blanks for none', () => {
    const search = (query: string, resultCount: number | null) => anEvent({ verb: 'SEARCHED', query, resultCount });
    const { searches } = profileDelta([
      search('Pivot  tables', 0),
      search(' ＰＩＶＯＴ tables ', 4),
      search('pivot tables', null),
      search('\u3000', 0),
    ]);
    expect(searches).toEqual([
      { learnerId: 'ada', atMs: MORNING.getTime(), term: 'pivot tables', searches: 3, zeroResults: 1 },
    ]);
  });

  test.each([
    [59.9, null],
    [60, 1],
    [89, 1],
    [90, 2],
    [3_600, 60],
  ])('a stay of %d s is a sitting of %s min', (durationSeconds, minutes) => {
    const { sittings } = profileDelta([anEvent({ verb: 'VISITED', page: '/', device: 'TABLET', durationSeconds })]);
    expect(sittings).toEqual(minutes === null ? [] : [{ learnerId: 'ada', device: 'TABLET', minutes, sittings: 1 }]);
  });

  test('cuts long pages and terms without leaving half of a character', () => {
    const page = `${'p'.repeat(499)}😀`;
    const query = `${'q'.repeat(199)}😀`;
    const { pages, searches } = profileDelta([
      anEvent({ verb: 'VISITED', page }),
      anEvent({ verb: 'SEARCHED', query }),
    ]);
    expect(pages[0]?.page).toBe('p'.repeat(499));
    expect(searches[0]?.term).toBe('q'.repeat(199));
    expect(normaliseTerm(query)).toBe('q'.repeat(199));
  });

  test('of dismissals keeps the reason of the latest, of two at once the later word', () => {
    const dismissed = (reason: ProfileEvent['reason'], minutes: number) =>
      anEvent({ verb: 'DISMISSED', courseId: 'c1', reason, at: new Date(MORNING.getTime() + minutes * MINUTE_MS) });
    const reasonOf = (...events: readonly ProfileEvent[]) => profileDelta(events).courses[0]?.state.dismissReason;
    expect(reasonOf(dismissed('TOO_LONG', 2), dismissed('NOT_NOW', 1))).toBe('TOO_LONG');
    expect(reasonOf(dismissed('NOT_RELEVANT', 1), dismissed('NOT_NOW', 1))).toBe('NOT_RELEVANT');
    expect(reasonOf(dismissed(null, 1), dismissed('NOT_NOW', 1))).toBe('NOT_NOW');
    expect(reasonOf(dismissed('NOT_NOW', 1), dismissed(null, 2))).toBeNull();
  });
});

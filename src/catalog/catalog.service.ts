import type { DataSource } from 'typeorm';
import type { Queryable } from '../platform/database/database.js';
import type { Revisions } from '../platform/database/revisions.js';
import { type BatchPlan, type BatchResult, usableIds } from '../platform/rowChecks.js';
import { CatalogStore } from './catalog.store.js';
import {
  type CourseInput,
  planCourses,
  planRoles,
  planSkills,
  type RoleInput,
  type SkillInput,
} from './catalogPlan.js';
import { type CatalogSnapshot, EMPTY_CATALOG, withChanges } from './catalogSnapshot.js';
import { matchesOf, planSearch, type TermMatches, vocabularyTexts } from './courseSearch.js';
import { findCourses } from './courseSearch.store.js';
import { textConfiguration } from './textLanguage.js';
import { createVocabulary, type Vocabulary } from './vocabulary.js';

/** How many courses a search term finds at most. */
const MAX_MATCHES = 50;
/** How many terms one statement looks for. */
const TERMS_AT_ONCE = 100;

/** Courses, skills and roles: stores them, and keeps the whole catalogue in memory. */
export class CatalogService {
  readonly #dataSource: DataSource;
  readonly #store: CatalogStore;
  readonly #revisions: Revisions;
  readonly #clock: () => Date;
  #snapshot: CatalogSnapshot = EMPTY_CATALOG;
  #words: SearchWords | null = null;

  constructor(dataSource: DataSource, revisions: Revisions, clock: () => Date) {
    this.#dataSource = dataSource;
    this.#store = new CatalogStore(dataSource);
    this.#revisions = revisions;
    this.#clock = clock;
    revisions.onChange('catalog', async (revision) => {
      this.#snapshot = withChanges(this.#snapshot, await this.#store.changesAfter(this.#snapshot.revision), revision);
    });
  }

  /** The catalogue as of now; hold on to it for the length of a request, not longer. */
  get snapshot(): CatalogSnapshot {
    return this.#snapshot;
  }

  upsertSkills(rows: readonly SkillInput[]): Promise<BatchResult> {
    return this.#upsert(async (transaction, revision) => {
      const parents = await this.#store.skillParents(transaction);
      const referred = usableIds(rows.flatMap((row) => [row.id, row.parentId ?? row.id]));
      const stored = byId(await this.#store.skillsById(transaction, referred));
      // A skill that keeps its stored parent needs that one known too.
      const existing = new Set([...stored.keys(), ...parents.map(([, parentId]) => parentId)]);
      const plan = planSkills(rows, stored, parents, existing);
      await this.#store.saveSkills(transaction, plan.accepted, revision);
      return plan;
    });
  }

  upsertRoles(rows: readonly RoleInput[]): Promise<BatchResult> {
    return this.#upsert(async (transaction, revision) => {
      const stored = byId(await this.#store.rolesById(transaction, usableIds(rows.map((row) => row.id))));
      const plan = planRoles(rows, stored, await this.#knownSkills(transaction, rows));
      await this.#store.saveRoles(transaction, plan.accepted, revision);
      return plan;
    });
  }

  upsertCourses(rows: readonly CourseInput[]): Promise<BatchResult> {
    return this.#upsert(async (transaction, revision) => {
      const prerequisites = await this.#store.prerequisites(transaction);
      const referred = usableIds(rows.flatMap((row) => [row.id, ...(row.prerequisiteIds ?? [])]));
      const known = byId(await this.#store.coursesById(transaction, referred));
      // A course that keeps its stored prerequisites needs them known too.
      const existing = new Set([...known.keys(), ...prerequisites.map(([, prerequisiteId]) => prerequisiteId)]);
      const skills = await this.#knownSkills(transaction, rows);
      const plan = planCourses(rows, known, skills, prerequisites, existing, this.#clock());
      await this.#store.saveCourses(transaction, plan.accepted, revision);
      return plan;
    });
  }

  /** Those of the ids that name a course; looks once more when this process may not have heard of one yet. */
  knownCourseIds(ids: Iterable<string>): Promise<ReadonlySet<string>> {
    return this.#known(ids, (id) => this.#snapshot.courseIndexById.has(id));
  }

  knownSkillIds(ids: Iterable<string>): Promise<ReadonlySet<string>> {
    return this.#known(ids, (id) => this.#snapshot.skills.has(id));
  }

  knownRoleIds(ids: Iterable<string>): Promise<ReadonlySet<string>> {
    return this.#known(ids, (id) => this.#snapshot.roles.has(id));
  }

  /**
   * What each of the terms finds, in their order; one statement for every hundred. A term is read as web search engines
   * do. Where no course has all that is asked for, it is tried without the words that only tell the form ("course",
   * "for beginners"), then with misspelt words corrected, then any of its words will do.
   */
  async search(terms: readonly string[]): Promise<TermMatches[]> {
    const found: TermMatches[] = [];
    for (let start = 0; start < terms.length; start += TERMS_AT_ONCE) {
      const some = terms.slice(start, start + TERMS_AT_ONCE);
      const { vocabulary, configurations } = this.#searchWords();
      const { readings, attempts } = planSearch(some, vocabulary);
      found.push(
        ...matchesOf(some, readings, await findCourses(this.#dataSource, attempts, configurations, MAX_MATCHES)),
      );
    }
    return found;
  }

  #searchWords(): SearchWords {
    const { courses, skillList } = this.#snapshot;
    if (this.#words?.courses !== courses || this.#words.skillList !== skillList) {
      this.#words = {
        courses,
        skillList,
        vocabulary: createVocabulary(vocabularyTexts(courses, skillList)),
        configurations: [...new Set(courses.map(({ language }) => textConfiguration(language)))],
      };
    }
    return this.#words;
  }

  async #known(ids: Iterable<string>, isKnown: (id: string) => boolean): Promise<ReadonlySet<string>> {
    const asked = new Set(ids);
    if (![...asked].every(isKnown)) await this.#revisions.refresh();
    return new Set([...asked].filter(isKnown));
  }

  async #knownSkills(
    transaction: Queryable,
    rows: readonly { readonly skills?: readonly { readonly skillId: string }[] | null | undefined }[],
  ): Promise<ReadonlySet<string>> {
    const ids = usableIds(rows.flatMap((row) => row.skills?.map((skill) => skill.skillId) ?? []));
    const skills = await this.#store.skillsById(transaction, ids);
    return new Set(skills.map((skill) => skill.id));
  }

  /** Catalogue writers wait for each other at the revision, so a plan is never made on what another is changing. */
  async #upsert<T>(write: (transaction: Queryable, revision: number) => Promise<BatchPlan<T>>): Promise<BatchResult> {
    const plan = await this.#dataSource.transaction(async (transaction) =>
      write(transaction, await this.#revisions.raise(transaction, 'catalog')),
    );
    await this.#revisions.refresh();
    return { storedCount: plan.accepted.length, errors: plan.errors };
  }
}

function byId<T extends { readonly id: string }>(rows: readonly T[]): ReadonlyMap<string, T> {
  return new Map(rows.map((row) => [row.id, row]));
}

/** What searches need of one snapshot; made when the first one comes. */
interface SearchWords {
  readonly courses: CatalogSnapshot['courses'];
  readonly skillList: CatalogSnapshot['skillList'];
  readonly vocabulary: Vocabulary;
  /** Text search configurations of the languages that courses are in. */
  readonly configurations: readonly string[];
}

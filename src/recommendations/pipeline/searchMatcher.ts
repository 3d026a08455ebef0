import type { CatalogService } from '../../catalog/catalog.service.js';
import type { TermMatches } from '../../catalog/courseSearch.js';
import type { LearnerSearch } from '../../learners/search.js';
import type { SearchMatch } from './inputs.js';

/** A search of a learner's, how it was read, and the courses that answer it. */
export interface FoundSearch extends SearchMatch, TermMatches {}

/** Some three kilobytes each at the most: a term finds up to 50 courses. */
const REMEMBERED_TERMS = 5_000;

/** What was found in one revision of the catalogue. */
interface Generation {
  readonly revision: number;
  /** Latest used last. */
  readonly found: Map<string, TermMatches>;
  /** Terms that are being looked for. */
  readonly pending: Map<string, Promise<ReadonlyMap<string, TermMatches>>>;
}

/** Finds the courses that answer searches, and remembers them until the catalogue changes. */
export class SearchMatcher {
  readonly #catalog: Pick<CatalogService, 'search' | 'snapshot'>;
  readonly #remembered: number;
  #generation: Generation = { revision: -1, found: new Map(), pending: new Map() };

  constructor(catalog: Pick<CatalogService, 'search' | 'snapshot'>, remembered = REMEMBERED_TERMS) {
    this.#catalog = catalog;
    this.#remembered = remembered;
  }

  /** For each learner their searches in order, with what each finds. Asks the database only for terms not known yet. */
  async matchesOf(searches: readonly (readonly LearnerSearch[])[]): Promise<FoundSearch[][]> {
    const found = await this.find(new Set(searches.flatMap((own) => own.map(({ term }) => term))));
    return searches.map((own) =>
      own.flatMap(({ term, atMs, hadNoResults }) => {
        const matches = found.get(term);
        return matches === undefined ? [] : [{ ...matches, atMs, hadNoResults }];
      }),
    );
  }

  /** What each of the terms finds. */
  async find(terms: ReadonlySet<string>): Promise<ReadonlyMap<string, TermMatches>> {
    const generation = this.#currentGeneration();
    const matches = new Map<string, TermMatches>();
    const waiting = new Set<Promise<ReadonlyMap<string, TermMatches>>>();
    const missing: string[] = [];
    for (const term of terms) {
      const known = generation.found.get(term);
      const pending = generation.pending.get(term);
      if (known !== undefined) {
        this.#remember(generation, known);
        matches.set(term, known);
      } else if (pending !== undefined) waiting.add(pending);
      else missing.push(term);
    }
    if (missing.length > 0) waiting.add(this.#look(generation, missing));
    for (const batch of await Promise.all(waiting)) {
      for (const [term, found] of batch) if (terms.has(term)) matches.set(term, found);
    }
    return matches;
  }

  /** Looks for the terms once, whoever else asks for one of them meanwhile. */
  #look(generation: Generation, terms: readonly string[]): Promise<ReadonlyMap<string, TermMatches>> {
    const looking = this.#catalog
      .search(terms)
      .then((answers) => {
        for (const answer of answers) this.#remember(generation, answer);
        return new Map(answers.map((answer) => [answer.term, answer]));
      })
      .finally(() => {
        for (const term of terms) generation.pending.delete(term);
      });
    for (const term of terms) generation.pending.set(term, looking);
    return looking;
  }

  #remember({ found }: Generation, matches: TermMatches): void {
    found.delete(matches.term);
    found.set(matches.term, matches);
    for (const oldest of found.keys()) {
      if (found.size <= this.#remembered) break;
      found.delete(oldest);
    }
  }

  /** A change of the catalogue may change what any term finds; what is still being looked for belongs to the past then. */
  #currentGeneration(): Generation {
    const { revision } = this.#catalog.snapshot;
    if (this.#generation.revision !== revision) {
      this.#generation = { revision, found: new Map(), pending: new Map() };
    }
    return this.#generation;
  }
}

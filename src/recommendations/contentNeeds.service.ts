import type { CatalogService } from '../catalog/catalog.service.js';
import type { LearnersService } from '../learners/learners.service.js';
import { type ContentNeed, contentNeed, FEWEST_SEARCHERS } from './pipeline/contentNeeds.js';
import type { SearchMatcher } from './pipeline/searchMatcher.js';

/** One page of needs. */
export interface NeedsPage {
  readonly items: readonly { readonly need: ContentNeed; readonly position: NeedPosition }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** Where a need stood in the list; it says nothing of how many people have it. */
export type NeedPosition = { readonly term: string; readonly place: number };

/** More than anybody works through. */
const MAX_NEEDS = 1_000;

/** What people searched for in vain, and what the catalogue has for it by now. */
export class ContentNeedsService {
  readonly #catalog: CatalogService;
  readonly #learners: LearnersService;
  readonly #matcher: SearchMatcher;
  readonly #clock: () => Date;

  constructor(catalog: CatalogService, learners: LearnersService, matcher: SearchMatcher, clock: () => Date) {
    this.#catalog = catalog;
    this.#learners = learners;
    this.#matcher = matcher;
    this.#clock = clock;
  }

  /** @param after null: from the beginning. A need that is gone meanwhile is followed by what took its place */
  async page(first: number, after: NeedPosition | null, includeMet: boolean): Promise<NeedsPage> {
    const needs = (await this.#needs()).filter(({ status }) => includeMet || status === 'UNMET');
    const place = after === null ? -1 : needs.findIndex(({ term }) => term === after.term);
    const start = after === null ? 0 : place >= 0 ? place + 1 : after.place;
    return {
      items: needs
        .slice(start, start + first)
        .map((need, i) => ({ need, position: { term: need.term, place: start + i } })),
      hasNextPage: needs.length > start + first,
      hasPreviousPage: start > 0 && needs.length > 0,
    };
  }

  async #needs(): Promise<ContentNeed[]> {
    const searches = await this.#learners.vainSearches(FEWEST_SEARCHERS, MAX_NEEDS);
    const found = await this.#matcher.find(new Set(searches.map(({ term }) => term)));
    const { courses, courseIndexById } = this.#catalog.snapshot;
    const courseOf = (id: string) => courses[courseIndexById.get(id) ?? -1] ?? null;
    const now = this.#clock();
    return searches.flatMap((search) => {
      const matches = found.get(search.term);
      return matches === undefined ? [] : [contentNeed(search, matches, courseOf, now)];
    });
  }
}

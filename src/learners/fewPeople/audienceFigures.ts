import { type CoarseFigures, coarseFiguresOf } from './coarseFigures.js';
import { coarseCount, coarseMean, FEWEST_PEOPLE } from './fewPeople.js';

/** Of people whom somebody picked out by several of their groups or traits, a mean is told as an effect of an experiment is: of many. */
const FEWEST_PICKED = 100;

/** By what people are chosen: whoever is in one of the groups of every kind named, and has every trait. */
export interface AudienceShape {
  readonly departments: readonly string[];
  readonly roleIds: readonly string[];
  readonly locations: readonly string[];
  readonly languages: readonly string[];
  readonly hiredWithinDays: number | null;
  readonly skillGap: object | null;
}

/**
 * Figures of an audience as those may be told them who must not learn of single people. A single group is what it is, so its
 * figures come in fixed steps, the same wherever they are told. Of several groups, by several kinds at once, by the day of
 * hiring or by a gap an audience can be cut to size, so that it differs from another by whomever one likes. Figures of such
 * come in steps whose edges are drawn, by a secret that nobody is told: of two answers that differ nobody knows whether it is
 * the one person more or the edge. An audience keeps its edges from week to week, lest many weeks of two tell on the average
 * what one does not; and means are told of so many only that one person more or less hardly moves anything.
 */
export class AudienceFigures {
  /** People of whom there must be as many for a mean to be told. */
  readonly fewestForMeans: number;
  readonly #drawn: ((name: readonly unknown[]) => CoarseFigures) | null;

  /** @param secret of the service */
  constructor(audience: AudienceShape, secret: Uint8Array) {
    const isPicked = isPickedOut(audience);
    this.fewestForMeans = isPicked ? FEWEST_PICKED : FEWEST_PEOPLE;
    const about = normalFormOf(audience);
    this.#drawn = isPicked ? (name) => coarseFiguresOf([about, ...name], secret) : null;
  }

  /**
   * A multiple of five; null for fewer than five.
   *
   * @param name of the figure among those of the audience: of one name the edges are the same
   */
  countOrNull(exact: number, ...name: readonly unknown[]): number | null {
    if (this.#drawn !== null) return this.#drawn(name).countOrNull(exact);
    return exact < FEWEST_PEOPLE ? null : coarseCount(exact);
  }

  /** As `coarseMean`, of `fewestForMeans` people or more. @param name as for a count */
  mean(exact: number, people: number, ...name: readonly unknown[]): number {
    return coarseMean(exact, people, this.#drawn?.(name).shift());
  }
}

function isPickedOut({
  departments,
  roleIds,
  locations,
  languages,
  hiredWithinDays,
  skillGap,
}: AudienceShape): boolean {
  const names = departments.length + roleIds.length + locations.length + languages.length;
  return names > 1 || hiredWithinDays !== null || skillGap !== null;
}

/** The same of the same people, in whichever order they are described. */
function normalFormOf(audience: AudienceShape): readonly unknown[] {
  const { departments, roleIds, locations, languages, hiredWithinDays, skillGap } = audience;
  const kinds = [departments, roleIds, locations, languages].map((names) => [...new Set(names)].sort());
  return [...kinds, hiredWithinDays, skillGap === null ? null : Object.entries(skillGap).sort()];
}

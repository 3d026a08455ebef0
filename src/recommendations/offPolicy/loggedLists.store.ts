import type { DataSource } from 'typeorm';
import type { Surface } from '../../rules/model/surface.js';
import type { StoredList } from '../pipeline/servedList.js';

/** Which settings lists were made by. */
export interface SettingVersions {
  readonly policy: number;
  readonly signalWeights: number;
  /** 0: no rules had been published. */
  readonly ruleSet: number;
}

/** A list that was drawn, before it is read. */
export type DrawnList = Pick<StoredList, 'id' | 'learnerId' | 'createdAt' | 'modelVersion'>;

/** A list as it was handed out, without its reasons. */
export interface LoggedList
  extends DrawnList,
    Pick<StoredList, 'courseIds' | 'scores' | 'sources' | 'propensities' | 'appliedRules'> {
  /** How many courses were shown at first. */
  readonly shown: number;
}

/** Some learners, and the lists drawn of those who have any. */
export interface Draw {
  readonly lists: readonly DrawnList[];
  /** Where the next learners begin; null: there are none. */
  readonly next: string | null;
}

/** Where the first learners begin. */
export const FIRST_DRAW = '';
/** With some dozens of lists each, a second of reading at the worst. */
const LEARNERS_PER_DRAW = 1_000;

/** Reads lists that were served. */
export class LoggedListsStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /**
   * Of each of the next learners one of the lists, drawn, that were made by these settings alone, no experiment taking
   * part: so counts of lists are counts of people. Learners come in the order of a hash of their ids, so that any
   * beginning is a fair sample; each one's lists are found by an index, and no more is read than is drawn from.
   */
  async draw(
    surface: Surface,
    versions: SettingVersions,
    { since, until }: { readonly since: Date; readonly until: Date },
    after: string,
  ): Promise<Draw> {
    const rows = (await this.#dataSource.query(
      `SELECT drawn.place, list.id, drawn.id AS "learnerId", list.created_at AS "createdAt",
         list.model_version AS "modelVersion"
       FROM (
         SELECT md5(learner.id) AS place, learner.id FROM learner
         WHERE NOT learner.personalisation_opt_out AND learner.restricted_at IS NULL AND md5(learner.id) > $7
         ORDER BY md5(learner.id) LIMIT $8) drawn
       LEFT JOIN LATERAL (
         SELECT l.id, l.created_at, l.model_version FROM served_list l
         WHERE l.learner_id = drawn.id AND l.created_at >= $1 AND l.created_at < $2 AND l.surface = $3
           AND l.policy_version = $4 AND l.signal_weights_version = $5 AND coalesce(l.rule_set_version, 0) = $6
           AND l.variant IS NULL AND l.teams IS NULL AND l.shelves IS NULL AND jsonb_array_length(l.pages) > 0
         ORDER BY md5(l.id), l.id LIMIT 1) list ON true
       ORDER BY drawn.place`,
      [
        ...[since, until, surface, versions.policy, versions.signalWeights, versions.ruleSet],
        ...[after, LEARNERS_PER_DRAW],
      ],
    )) as (DrawnList & { readonly id: string | null; readonly place: string })[];
    const next = rows.length < LEARNERS_PER_DRAW ? null : (rows.at(-1)?.place ?? null);
    return { lists: rows.flatMap(({ place: _, ...list }) => (list.id === null ? [] : [list])), next };
  }

  /** Lists by their ids, in the order of these; those that are gone by now are left out. */
  async lists(ids: readonly string[]): Promise<LoggedList[]> {
    return (await this.#dataSource.query(
      `SELECT l.id, l.learner_id AS "learnerId", l.created_at AS "createdAt", l.model_version AS "modelVersion",
         l.course_ids AS "courseIds", l.scores, l.sources, l.propensities, l.applied_rules AS "appliedRules",
         jsonb_array_length(l.pages -> 0 -> 'items') AS shown
       FROM served_list l WHERE l.id = ANY($1::text[])
       ORDER BY array_position($1::text[], l.id)`,
      [ids],
    )) as LoggedList[];
  }
}

import type { DataSource } from 'typeorm';
import { isProcessed } from '../../learners/processed.js';
import type { Surface } from '../../rules/model/surface.js';
import type { StoredList } from '../pipeline/servedList.js';

/** Which settings lists were made by. */
export interface SettingVersions {
  readonly policy: number;
  readonly signalWeights: number;
  /** 0: no rules had been published. */
  readonly ruleSet: number;
}

/** A list as it was handed out, without its reasons. */
export interface LoggedList
  extends Pick<
    StoredList,
    | 'id'
    | 'learnerId'
    | 'createdAt'
    | 'modelVersion'
    | 'courseIds'
    | 'scores'
    | 'sources'
    | 'propensities'
    | 'appliedRules'
  > {
  /** How many courses were shown at first. */
  readonly shown: number;
}

/** Reads lists that were served. */
export class LoggedListsStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /**
   * Of each learner one of the lists, drawn, that were made by these settings alone, no experiment taking part: so counts of
   * lists are counts of people. A fair sample of learners; lists of one model and time come one after the other.
   */
  async lists(
    surface: Surface,
    versions: SettingVersions,
    { since, until }: { readonly since: Date; readonly until: Date },
    most: number,
  ): Promise<LoggedList[]> {
    return (await this.#dataSource.query(
      `WITH own AS (
         SELECT DISTINCT ON (l.learner_id) l.id
         FROM served_list l
         WHERE l.created_at >= $1 AND l.created_at < $2 AND l.surface = $3 AND l.policy_version = $4
           AND l.signal_weights_version = $5 AND coalesce(l.rule_set_version, 0) = $6
           AND l.variant IS NULL AND l.teams IS NULL AND l.shelves IS NULL AND jsonb_array_length(l.pages) > 0
           AND ${isProcessed('l.learner_id')}
         ORDER BY l.learner_id, md5(l.id), l.id),
       sampled AS (SELECT own.id FROM own ORDER BY md5(own.id), own.id LIMIT $7)
       SELECT l.id, l.learner_id AS "learnerId", l.created_at AS "createdAt", l.model_version AS "modelVersion",
         l.course_ids AS "courseIds", l.scores, l.sources, l.propensities, l.applied_rules AS "appliedRules",
         jsonb_array_length(l.pages -> 0 -> 'items') AS shown
       FROM sampled JOIN served_list l ON l.id = sampled.id
       ORDER BY l.model_version, l.created_at, l.id`,
      [since, until, surface, versions.policy, versions.signalWeights, versions.ruleSet, most],
    )) as LoggedList[];
  }
}

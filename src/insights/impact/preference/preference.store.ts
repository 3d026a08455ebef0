import type { DataSource } from 'typeorm';
import { INTERLEAVED } from '../../../experiments/experiment.js';
import { isUnrestricted } from '../../../learners/processed.js';

/** A list that was drawn from two, and what of it was clicked on. */
export interface StoredClicks {
  readonly learnerId: string;
  /** Of each place a letter; see `teamAt`. */
  readonly teams: string;
  /** Places, from 0. */
  readonly clicked: readonly number[];
}

/** Reads lists and clicks from the tables of other features; writes none. */
export class PreferenceStore {
  readonly #dataSource: DataSource;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** How many were served lists that were drawn from both variants. */
  async people(experimentId: string): Promise<number> {
    const [row] = (await this.#dataSource.query(
      `SELECT count(*)::integer AS n FROM experiment_exposure x
       WHERE x.experiment_id = $1 AND x.variant_id = $2 AND ${isUnrestricted('x.learner_id')}`,
      [experimentId, INTERLEAVED],
    )) as { n: number }[];
    return row?.n ?? 0;
  }

  /** The lists of an experiment that their people clicked on until a moment. */
  async clickedLists(experimentId: string, until: Date): Promise<StoredClicks[]> {
    return (await this.#dataSource.query(
      `SELECT l.learner_id AS "learnerId", l.teams, done.clicked
       FROM experiment_exposure x
       JOIN served_list l ON l.learner_id = x.learner_id AND l.created_at >= x.first_exposed_at
         AND l.created_at <= x.last_exposed_at
       CROSS JOIN LATERAL (
         SELECT array_agg(DISTINCT place.n) AS clicked FROM interaction i
         CROSS JOIN LATERAL (SELECT array_position(l.course_ids, i.course_id) - 1 AS n) place
         WHERE i.served_list_id = l.id AND i.learner_id = l.learner_id AND i.verb = 'CLICKED' AND i.at < $3
           AND place.n IS NOT NULL) done
       WHERE x.experiment_id = $1 AND x.variant_id = $2 AND l.variant = $1 || '/' || $2 AND l.teams IS NOT NULL
         AND done.clicked IS NOT NULL AND ${isUnrestricted('x.learner_id')}
       ORDER BY l.learner_id, l.created_at, l.id`,
      [experimentId, INTERLEAVED, until],
    )) as StoredClicks[];
  }
}

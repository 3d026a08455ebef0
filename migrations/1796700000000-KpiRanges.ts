import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Within what figures of learners lie, by which their means are told in steps that hide single people. */
export class KpiRanges1796700000000 implements MigrationInterface {
  name = 'KpiRanges1796700000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE kpi ADD COLUMN observed_min double precision, ADD COLUMN observed_max double precision`);
    // Rounded outwards at the size of what they span, so that neither end is somebody's figure.
    await q.query(`UPDATE kpi SET observed_min = floor(seen.low / seen.unit) * seen.unit,
        observed_max = greatest(ceil(seen.high / seen.unit), floor(seen.low / seen.unit) + 1) * seen.unit
      FROM (
        SELECT ends.kpi_id, ends.low, ends.high, power(10::double precision, floor(log(
          coalesce(nullif(ends.high - ends.low, 0), nullif(abs(ends.high), 0), 1)))) AS unit
        FROM (
          SELECT o.kpi_id, min(o.value) AS low, max(o.value) AS high FROM kpi_observation o
          WHERE o.learner_id IS NOT NULL GROUP BY o.kpi_id) ends) seen
      WHERE seen.kpi_id = kpi.id`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE kpi DROP COLUMN observed_min, DROP COLUMN observed_max`);
  }
}

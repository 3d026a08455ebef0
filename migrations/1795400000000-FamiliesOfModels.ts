import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Model versions now hold several families of models. Their figures become a list, one entry for each family; what was
 * tried before is dropped. The artefacts of before cannot be read any more, so none of them stays live: the next
 * training makes a new one, and until then courses are listed as they are before any model exists.
 */
export class FamiliesOfModels1795400000000 implements MigrationInterface {
  name = 'FamiliesOfModels1795400000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      UPDATE model_version AS v
      SET metrics = jsonb_set(
        v.metrics,
        '{holdout}',
        (v.metrics -> 'holdout') - ARRAY['popularity', 'collaborative', 'blend', 'blendOverPopularity', 'tried']
          || jsonb_build_object(
            'tried', '[]'::jsonb,
            'overLive', NULL,
            'measured', jsonb_build_array(
              jsonb_build_object('name', 'ials', 'figures', v.metrics #> '{holdout,collaborative}', 'blendOver', NULL),
              jsonb_build_object(
                'name', 'popularity',
                'figures', v.metrics #> '{holdout,popularity}',
                'blendOver', v.metrics #> '{holdout,blendOverPopularity}'
              ),
              jsonb_build_object('name', 'blend', 'figures', v.metrics #> '{holdout,blend}', 'blendOver', NULL)
            )
          )
      )
      WHERE jsonb_typeof(v.metrics -> 'holdout') = 'object'`);
    await q.query(`UPDATE model_version SET status = 'RETIRED' WHERE status = 'LIVE'`);
  }

  /** The figures of several families had no place before; versions keep their verdicts. */
  async down(q: QueryRunner): Promise<void> {
    await q.query(`UPDATE model_version SET metrics = jsonb_set(metrics, '{holdout}', 'null')`);
    await q.query(`UPDATE model_version SET status = 'RETIRED' WHERE status = 'LIVE'`);
  }
}

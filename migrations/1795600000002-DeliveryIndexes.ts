import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What everyone does is drawn from samples of people; neither sample reads whole tables any more. */
export class DeliveryIndexes1795600000002 implements MigrationInterface {
  name = 'DeliveryIndexes1795600000002';

  async up(q: QueryRunner): Promise<void> {
    // Whom messages reached since a moment, without reading the messages.
    await q.query(`CREATE INDEX delivery_event_at_ix ON delivery_event (at, learner_id)`);
    // Active people in the order in which samples are drawn.
    await q.query(`CREATE INDEX learner_sample_ix ON learner (md5(id)) WHERE active`);
  }

  async down(q: QueryRunner): Promise<void> {
    for (const index of ['learner_sample_ix', 'delivery_event_at_ix']) await q.query(`DROP INDEX ${index}`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

const withKinds = (kinds: string) => `ALTER TABLE rule_draft
  DROP CONSTRAINT rule_draft_kind_known,
  ADD CONSTRAINT rule_draft_kind_known CHECK (kind IN (${kinds}))`;

/**
 * The share of people whom soft rules leave alone can be drafted, and so be approved by a second person. The table is small:
 * a thousand drafts may wait at most. Going back fails while such a draft waits: publish or discard it first.
 */
export class HoldoutDrafts1797200000000 implements MigrationInterface {
  name = 'HoldoutDrafts1797200000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(withKinds(`'RULE', 'REMOVAL', 'SETTING', 'HOLDOUT'`));
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(withKinds(`'RULE', 'REMOVAL', 'SETTING'`));
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

const OF_LEARNERS = [
  'interaction',
  'learner_course',
  'learner_active_hour',
  'learner_touchpoint',
  'learner_search',
  'learner_page',
  'learner_sitting',
];
const OF_COURSES = ['interaction', 'learner_course'];

/**
 * Checking the learner and the course of every single row took more than two fifths of the time of storing activity. Who
 * stores activity locks the learners of the batch against being deleted in one statement instead, and courses are retired,
 * never deleted; whoever deletes a learner deletes these rows in the same transaction. Waits for writers of these tables, for
 * a moment; going back reads them whole.
 */
export class CheckedOncePerBatch1797100000000 implements MigrationInterface {
  name = 'CheckedOncePerBatch1797100000000';

  async up(q: QueryRunner): Promise<void> {
    for (const table of OF_LEARNERS) await q.query(`ALTER TABLE ${table} DROP CONSTRAINT ${table}_learner_fk`);
    for (const table of OF_COURSES) await q.query(`ALTER TABLE ${table} DROP CONSTRAINT ${table}_course_fk`);
  }

  async down(q: QueryRunner): Promise<void> {
    for (const table of OF_COURSES) {
      await q.query(
        `ALTER TABLE ${table} ADD CONSTRAINT ${table}_course_fk FOREIGN KEY (course_id) REFERENCES course (id)`,
      );
    }
    for (const table of OF_LEARNERS) {
      await q.query(
        `ALTER TABLE ${table} ADD CONSTRAINT ${table}_learner_fk
           FOREIGN KEY (learner_id) REFERENCES learner (id) ON DELETE CASCADE`,
      );
    }
  }
}

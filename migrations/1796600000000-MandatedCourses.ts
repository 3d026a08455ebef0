import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What people took because a rule obliged them to. Nothing else tells, once the rule is withdrawn or they are no longer
 * among those it is for: rules are applied as they are read, and what they make mandatory is stored nowhere.
 */
export class MandatedCourses1796600000000 implements MigrationInterface {
  name = 'MandatedCourses1796600000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`CREATE TABLE mandated_course (
      learner_id text NOT NULL,
      course_id text NOT NULL,
      since timestamptz NOT NULL,
      CONSTRAINT mandated_course_pk PRIMARY KEY (learner_id, course_id),
      CONSTRAINT mandated_course_learner_fk FOREIGN KEY (learner_id) REFERENCES learner (id) ON DELETE CASCADE,
      CONSTRAINT mandated_course_course_fk FOREIGN KEY (course_id) REFERENCES course (id))`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP TABLE mandated_course');
  }
}

import type { InteractionInput } from '../../src/activity/interactionPlan.js';
import type { CourseInput, RoleInput, SkillInput } from '../../src/catalog/catalogPlan.js';
import type { AssignmentInput, LearnerInput, SkillEvidenceInput } from '../../src/learners/learnerPlan.js';

// Complete, valid rows for the ingestion mutations: state only what matters to the test.

let made = 0;

/** Unlike any other of this process, and in the order of making when sorted as text. */
function nextName(): string {
  made += 1;
  return String(made).padStart(5, '0');
}

export function aSkill(stated: Partial<SkillInput> = {}): SkillInput {
  const name = nextName();
  return { id: `skill-${name}`, name: `Skill ${name}`, ...stated };
}

export function aRole(stated: Partial<RoleInput> = {}): RoleInput {
  const name = nextName();
  return { id: `role-${name}`, name: `Role ${name}`, ...stated };
}

export function aCourse(stated: Partial<CourseInput> = {}): CourseInput {
  const name = nextName();
  return { id: `course-${name}`, title: `Course ${name}`, ...stated };
}

export function aLearner(stated: Partial<LearnerInput> = {}): LearnerInput {
  return { id: `learner-${nextName()}`, ...stated };
}

export function someEvidence(stated: Pick<SkillEvidenceInput, 'learnerId' | 'skillId'> & Partial<SkillEvidenceInput>) {
  return { source: 'MANAGER', level: 0.5, ...stated } satisfies SkillEvidenceInput;
}

export function anAssignment(
  stated: Pick<AssignmentInput, 'learnerId' | 'courseId'> & Partial<AssignmentInput>,
): AssignmentInput {
  return { obligation: 'ASSIGNED', ...stated };
}

/** A completion a month before the tests' noon, unless stated otherwise. */
export function anInteraction(
  stated: Pick<InteractionInput, 'learnerId'> & Partial<InteractionInput>,
): InteractionInput {
  return {
    source: 'test',
    eventId: `event-${nextName()}`,
    verb: 'COMPLETED',
    at: new Date('2025-02-12T09:30:00Z'),
    ...stated,
  };
}

import type { RuledPerson } from '../../rules/applying/audienceIndex.js';
import type { RuleIndex } from '../../rules/applying/ruleIndex.js';

/** In no audience but that of everybody. Has a language that no rule can name: who has none understands any. */
const NOBODY_IN_PARTICULAR: RuledPerson = {
  ...{ learnerId: '', department: null, roleId: null, location: null, hiredOn: null },
  languages: [''],
  gaps: new Map(),
  isPersonal: true,
};

/**
 * What the exclusions and requirements in force for everybody leave of the courses, where nobody in particular asks. No
 * surface is known either: rules for single ones count only if OTHER is among them.
 *
 * @returns 1 at each position that they leave; null: everywhere
 */
export function allowedToAll(rules: RuleIndex, nowMs: number): Uint8Array | null {
  return rules.active(NOBODY_IN_PARTICULAR, 'OTHER', nowMs).allowed;
}

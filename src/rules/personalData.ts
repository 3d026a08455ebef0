import type { DataDeclaration, StoredRow } from '../platform/personalData.js';
import { publishedRuleSetSchema } from './lifecycle/publishedRuleSet.js';
import { ruleSetHash } from './model/ruleSetHash.js';

/** A rule set in which somebody was replaced says something else: its hash is that of what it says. */
function rehashed(row: StoredRow): StoredRow {
  const ruleSet = publishedRuleSetSchema.safeParse(row['content']);
  return ruleSet.success ? { ...row, content: { ...ruleSet.data, contentHash: ruleSetHash(ruleSet.data) } } : row;
}

/** What this feature knows about people. */
export const RULE_DATA: DataDeclaration = {
  personal: [
    {
      table: 'setting_version',
      section: 'rulesAndSettings',
      description: 'Published rules that name you, and rules and settings that you published.',
      columns: { content: 'JSON', reason: 'PROSE', created_by: 'ACTOR' },
      impersonal: ['kind'],
      exporter: 'NAMING_ROWS',
      // A rule for one person must not become one for everybody: a pseudonym takes their place.
      eraser: 'REPLACE',
      retention: { class: 'CONFIGURATION' },
      mend: rehashed,
    },
    {
      table: 'rule_draft',
      section: 'ruleDrafts',
      description: 'Drafts of rules that name you, or that you wrote or approved.',
      columns: { content: 'JSON', created_by: 'ACTOR', edited_by: 'ACTOR', approved_by: 'ACTOR' },
      impersonal: ['id', 'kind', 'subject'],
      exporter: 'NAMING_ROWS',
      eraser: 'REPLACE',
      retention: { class: 'CONFIGURATION' },
    },
  ],
  impersonal: [],
};

import type { DataDeclaration } from './personalData.js';

/** What the tables of the platform know about people. */
export const PLATFORM_DATA: DataDeclaration = {
  personal: [
    {
      table: 'audit_entry',
      section: 'changes',
      description: 'Changes that you made to rules, settings, goals, experiments and campaigns, or that name you.',
      columns: { by: 'ACTOR', subject: 'PROSE', text: 'PROSE', reason: 'PROSE', before: 'JSON', after: 'JSON' },
      impersonal: ['action'],
      exporter: 'NAMING_ROWS',
      eraser: 'REPLACE',
      retention: { class: 'AUDIT', at: 'at' },
    },
    {
      table: 'job',
      section: 'jobs',
      description: 'Background work that you asked for.',
      columns: { requested_by: 'ACTOR', progress: 'JSON', result: 'JSON', error: 'PROSE' },
      impersonal: ['kind', 'status', 'worker'],
      exporter: 'NAMING_ROWS',
      eraser: 'REPLACE',
      retention: { class: 'WORK', at: 'finished_at' },
    },
  ],
  impersonal: [
    { table: 'revision', because: 'counters of changes', impersonal: [] },
    { table: 'api_key', because: 'keys of systems, named by administrators', impersonal: ['scopes', 'secret_hash'] },
    { table: 'pseudonym_key', because: 'a random key', impersonal: ['key'] },
    { table: 'schema_migration', because: 'which migrations have run', impersonal: [] },
  ],
};

import type { AuditedChange } from '../../platform/audit.js';
import { type ContentChange, changesBetween, type SettingVersion } from '../../platform/settings/versionedSettings.js';
import type { Rule, RuleSetContent } from '../model/rule.js';
import { type RuleNames, sentenceOf } from '../model/ruleSentence.js';
import { type RuleSetDiff, ruleSetDiff } from '../model/ruleSetDiff.js';
import type { Draft } from './draft.js';
import type { PublishedRuleSet } from './publishedRuleSet.js';

/** What the audit log calls the rule set. */
export const RULE_SET = 'rule set';

/** Why a setting cannot be changed by its own mutation where a second person has to agree with every change. */
export const DIRECT_CHANGE_REFUSED =
  'Here a second person has to agree with every change of a setting. Draft it with draftSetting, let somebody else call ' +
  'approveDrafts, and then publishRuleSet.';

/** `The policy changes: diversity from 0.3 to 0.5.` */
function settingSentence(setting: string, before: unknown, after: unknown): string {
  const changes = changesBetween(before, after).map(changePhrase);
  return changes.length === 0 ? `The ${setting} stays as it is.` : `The ${setting} changes: ${changes.join(', ')}.`;
}

const changePhrase = ({ path, before, after }: ContentChange): string =>
  `${path.join('.')} from ${JSON.stringify(before)} to ${JSON.stringify(after)}`;

const holdoutSentence = (before: number, after: number): string =>
  before === after
    ? `The holdout stays at ${after} %.`
    : `The holdout changes from ${before} % of people to ${after} %.`;

/** What a draft would do, in one plain sentence. `now` is what counts; `settings` the contents that it changes. */
export function draftSentence(
  draft: Draft,
  now: RuleSetContent,
  names: RuleNames,
  settings: { readonly before: unknown; readonly after: unknown } | null,
): string {
  switch (draft.kind) {
    case 'RULE':
      return sentenceOf(draft.rule, names);
    case 'REMOVAL': {
      const rule = now.rules.find(({ id }) => id === draft.ruleId);
      return `No longer: ${rule === undefined ? `rule ${draft.ruleId}, which is gone already.` : sentenceOf(rule, names)}`;
    }
    case 'SETTING':
      return settingSentence(draft.setting, settings?.before, settings?.after);
    case 'HOLDOUT':
      return holdoutSentence(now.holdoutPercent, draft.holdoutPercent);
  }
}

/** `2 rules added, 1 removed, 1 changed, the holdout from 5 to 10 %`; what is none is left out. */
function diffPhrase({ added, removed, changed, holdoutPercent }: RuleSetDiff): string {
  const counts = [
    [added.length, 'added'],
    [removed.length, 'removed'],
    [changed.length, 'changed'],
  ] as const;
  const parts = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  if (holdoutPercent !== null) parts.push(`the holdout from ${holdoutPercent.before} to ${holdoutPercent.after} %`);
  return parts.length === 0 ? 'no rule changed' : `rules: ${parts.join(', ')}`;
}

/** What the audit log says of a published version: of the set, then of each rule that it adds, removes or changes. */
export function auditedRuleSet(
  before: SettingVersion<PublishedRuleSet>,
  made: SettingVersion<PublishedRuleSet>,
  names: RuleNames,
): AuditedChange[] {
  const diff = ruleSetDiff(before.content, made.content);
  const { rollbackOf } = made.content;
  const how = rollbackOf === null ? 'was published' : `brings back version ${rollbackOf}`;
  return [
    {
      action: rollbackOf === null ? 'PUBLISHED' : 'ROLLED_BACK',
      subject: RULE_SET,
      text: `Rule set ${made.version} ${how}: ${diffPhrase(diff)}.`,
      before: summaryOf(before),
      after: summaryOf(made),
    },
    ...diff.added.map((rule) => ({
      ...{ action: 'ADDED' as const, subject: `rule ${rule.id}`, text: sentenceOf(rule, names) },
      ...{ before: null, after: rule },
    })),
    ...diff.changed.map((rule) => ({
      ...{ action: 'CHANGED' as const, subject: `rule ${rule.after.id}`, text: sentenceOf(rule.after, names) },
      ...{ before: rule.before, after: rule.after },
    })),
    ...diff.removed.map((rule) => ({
      ...{ action: 'REMOVED' as const, subject: `rule ${rule.id}`, text: `No longer: ${sentenceOf(rule, names)}` },
      ...{ before: rule, after: null },
    })),
  ];
}

/** A rule that a version brings, changes or removes, as the log of the service has it. */
export interface LoggedChange {
  readonly ruleId: string;
  readonly action: 'ADDED' | 'CHANGED' | 'REMOVED';
  /** Left out of rules that name people: nothing about single learners goes into a log. */
  readonly sentence?: string;
}

/** More are in the audit log. */
const MOST_LOGGED = 20;

/** What changed, in the words of the rules: as they are now, or were when they go. */
export function loggedChanges({ added, changed, removed }: RuleSetDiff, names: RuleNames): LoggedChange[] {
  const logged = (action: LoggedChange['action'], rule: Rule): LoggedChange => {
    const isNaming = rule.audience.learnerIds.length > 0;
    return { ruleId: rule.id, action, ...(isNaming ? {} : { sentence: sentenceOf(rule, names) }) };
  };
  const all = [
    ...added.map((rule) => ['ADDED', rule] as const),
    ...changed.map(({ after }) => ['CHANGED', after] as const),
    ...removed.map((rule) => ['REMOVED', rule] as const),
  ];
  return all.slice(0, MOST_LOGGED).map(([action, rule]) => logged(action, rule));
}

function summaryOf({ version, content }: SettingVersion<PublishedRuleSet>): Readonly<Record<string, unknown>> {
  const { contentHash, holdoutPercent, settings, rollbackOf } = content;
  return { version, contentHash, holdoutPercent, settings, rollbackOf };
}

/**
 * What a CONFLICT says of the rules that changed meanwhile: rules as sentences, null where one is not there, with the fields
 * that differ; settings by their versions.
 */
export function conflictWords(
  seen: PublishedRuleSet | null,
  current: PublishedRuleSet,
  names: RuleNames,
): Readonly<Record<string, unknown>> {
  const { contentHash, holdoutPercent, settings } = current;
  const changes: { path: readonly string[]; before: unknown; after: unknown; fields?: readonly string[] }[] = [];
  if (seen !== null) {
    const diff = ruleSetDiff(seen, current);
    for (const rule of diff.added) {
      changes.push({ path: ['rules', rule.id], before: null, after: sentenceOf(rule, names) });
    }
    for (const { before, after, fields } of diff.changed) {
      const sentences = { before: sentenceOf(before, names), after: sentenceOf(after, names) };
      changes.push({ path: ['rules', after.id], ...sentences, fields });
    }
    for (const rule of diff.removed) {
      changes.push({ path: ['rules', rule.id], before: sentenceOf(rule, names), after: null });
    }
    if (diff.holdoutPercent !== null) changes.push({ path: ['holdoutPercent'], ...diff.holdoutPercent });
    changes.push(...changesBetween(seen.settings, settings, ['settings']));
  }
  return { current: { contentHash, holdoutPercent, settings }, changes };
}

import type { RowError } from '../../platform/errors.js';
import { RowChecks } from '../../platform/rowChecks.js';
import { changesBetween } from '../../platform/settings/versionedSettings.js';
import type { Rule, RuleSetContent } from '../model/rule.js';
import { RULE_LIMITS } from '../model/ruleChecks.js';
import { changedFields } from '../model/ruleSetDiff.js';
import { type Draft, isHoldoutDraft, subjectOf } from './draft.js';
import type { SeenDraft } from './draftChanges.js';
import { MAX_RULES } from './publishedRuleSet.js';

/** What a draft was made on, what counts now, and what it makes of that. Rules that are not there are null. */
export type DraftBasis =
  | { readonly kind: 'RULE' | 'REMOVAL'; readonly base: Rule | null; readonly now: Rule | null }
  | {
      readonly kind: 'SETTING' | 'HOLDOUT';
      /** Contents: when it was drafted, of now, and of now with the change; null base: it can no longer be read. */
      readonly base: unknown;
      readonly now: unknown;
      readonly published: unknown;
    };

export const ruleIn = (content: RuleSetContent, id: string): Rule | null =>
  content.rules.find((rule) => rule.id === id) ?? null;

/**
 * What has changed since the draft was made and would be overwritten by it: names of fields, `rule` for a rule that came
 * or went; empty when the draft can be published as it is.
 */
export function overwrittenBy(basis: DraftBasis): readonly string[] {
  if ('published' in basis) {
    const paths = (from: unknown, to: unknown) => changesBetween(from, to).map(({ path }) => path.join('.'));
    const undone = new Set(paths(basis.now, basis.published));
    return paths(basis.base, basis.now).filter((path) => undone.has(path));
  }
  const { base, now } = basis;
  if (base === null && now === null) return [];
  return base === null || now === null ? ['rule'] : changedFields(base, now);
}

/**
 * What keeps drafts from being published, by their position among the ids that were named.
 *
 * @param drafts those of the ids that there are
 * @param overwritten see `overwrittenBy`, by id of the draft
 */
export function publishProblems(
  draftIds: readonly string[],
  drafts: readonly Draft[],
  overwritten: ReadonlyMap<string, readonly string[]>,
  approvalRequired: boolean,
): readonly RowError[] {
  const byId = new Map(drafts.map((draft) => [draft.id, draft]));
  const subjects = new Map<string, string>();
  return draftIds.flatMap((id, index) => {
    const check = new RowChecks(index);
    const path = ['draftIds', String(index)];
    const draft = byId.get(id);
    if (draft === undefined) {
      check.fail('NOT_FOUND', `There is no draft "${id.slice(0, 80)}": it was published or discarded.`, ...path);
      return check.errors;
    }
    const subject = subjectOf(draft);
    const other = subjects.get(subject);
    if (other !== undefined) {
      const message = `Draft ${id} and draft ${other} are about the same ${subject}: publish one of them, and discard or change the other.`;
      check.fail('DUPLICATE_IN_BATCH', message, ...path);
    }
    subjects.set(subject, id);
    if (approvalRequired && draft.approval === null) {
      const message = `Draft ${id} has not been approved: somebody other than ${draft.editedBy} has to call approveDrafts.`;
      check.fail('NOT_APPROVED', message, ...path);
    }
    const fields = overwritten.get(id) ?? [];
    if (fields.length > 0) {
      const message =
        `Draft ${id} was made on version ${draft.baseVersion}, and ${fields.join(', ')} of the ${subject} changed ` +
        `since: look at what counts now, and ${KEEPING[draft.kind]}.`;
      check.fail('CONFLICT', message, ...path);
    }
    return check.errors;
  });
}

/** How a draft is kept that something else was published beside. */
const KEEPING: Readonly<Record<Draft['kind'], string>> = {
  RULE: 'call updateDraft with basedOnVersion to keep the draft',
  SETTING: 'call updateSettingDraft with basedOnVersion to keep the draft',
  HOLDOUT: 'call updateSettingDraft with basedOnVersion to keep the draft',
  REMOVAL: 'discard the draft; draft the removal anew if the rule is still to go',
};

/** Drafts that have been edited since whoever publishes them has looked at them, by their position among the ids. */
export function revisionProblems(
  draftIds: readonly string[],
  drafts: readonly Draft[],
  seen: readonly SeenDraft[],
): readonly RowError[] {
  const byId = new Map(drafts.map((draft) => [draft.id, draft]));
  return seen.flatMap(({ draftId, revision }, row) => {
    const index = draftIds.indexOf(draftId);
    const draft = byId.get(draftId);
    if (index === -1) {
      const check = new RowChecks(row);
      const message = `Draft ${draftId.slice(0, 80)} is not among those to be published: name it in draftIds as well, or leave it out here`;
      check.fail('INVALID_VALUE', message, 'revisions', String(row), 'draftId');
      return check.errors;
    }
    const check = new RowChecks(index);
    if (draft !== undefined && draft.revision !== revision) {
      const message =
        `Draft ${draftId} is at revision ${draft.revision}, not ${revision}: ${draft.editedBy} has edited it meanwhile; ` +
        'look at what it says now.';
      check.fail('CONFLICT', message, 'draftIds', String(index));
    }
    return check.errors;
  });
}

/** What is wrong with what is to be published, before any draft is looked at. */
export function requestProblems(
  draftIds: readonly string[],
  holdoutPercent: number | null,
  approvalRequired: boolean,
): readonly RowError[] {
  const check = new RowChecks(0);
  const repeats: RowError[] = [];
  if (approvalRequired && holdoutPercent !== null) {
    const message =
      'Here a second person has to agree with every change: draft it with draftSetting(setting: { holdoutPercent: … }), ' +
      'let somebody else call approveDrafts, and publish that draft';
    check.fail('NOT_APPROVED', message, 'holdoutPercent');
  }
  draftIds.forEach((id, index) => {
    if (draftIds.indexOf(id) === index) return;
    const repeated = new RowChecks(index);
    repeated.fail('DUPLICATE_IN_BATCH', `Draft ${id.slice(0, 80)} is named twice`, 'draftIds', String(index));
    repeats.push(...repeated.errors);
  });
  if (draftIds.length === 0 && holdoutPercent === null) {
    check.fail('INVALID_VALUE', 'Name at least one draft to publish, or a new holdoutPercent', 'draftIds');
  }
  return [...holdoutProblems(holdoutPercent), ...check.errors, ...repeats];
}

/** What is wrong with a holdout; null: it stays as it is. */
export function holdoutProblems(holdoutPercent: number | null): readonly RowError[] {
  const check = new RowChecks(0);
  const { min, max } = RULE_LIMITS.holdoutPercent;
  check.number(holdoutPercent, min, max, 'holdoutPercent');
  return check.errors;
}

/** The holdout is said twice. */
export function twoHoldouts(drafts: readonly Draft[], holdoutPercent: number | null): readonly RowError[] {
  const check = new RowChecks(0);
  const drafted = drafts.find(isHoldoutDraft);
  if (drafted !== undefined && holdoutPercent !== null) {
    const message = `Draft ${drafted.id} says what the holdout is to be: leave either it or holdoutPercent out`;
    check.fail('DUPLICATE_IN_BATCH', message, 'holdoutPercent');
  }
  return check.errors;
}

/** A set that is too large. */
export function sizeProblems({ rules }: RuleSetContent): readonly RowError[] {
  const check = new RowChecks(0);
  if (rules.length > MAX_RULES) {
    const message = `The set would hold ${rules.length} rules; at most ${MAX_RULES} are allowed. Remove some with draftRuleRemoval`;
    check.fail('INVALID_VALUE', message, 'draftIds');
  }
  return check.errors;
}

/** There is nothing to go back to; empty when there is. */
export function notEarlier(toVersion: number, currentVersion: number): readonly RowError[] {
  const check = new RowChecks(0);
  if (toVersion < currentVersion) return check.errors;
  const message = `toVersion must be earlier than the current version, ${currentVersion}; ${toVersion} is not`;
  check.fail('INVALID_VALUE', message, 'toVersion');
  return check.errors;
}

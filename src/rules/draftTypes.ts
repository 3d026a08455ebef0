import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Access } from '../platform/access/access.js';
import type { RowError } from '../platform/errors.js';
import { requestErrors, UserErrorType } from '../platform/graphql/batch.js';
import { GraphQLInstant } from '../platform/graphql/dateTime.js';
import { type ValueChange, ValueChangeType } from '../platform/settings/settingChange.js';
import type { DraftResult, DraftsService } from './drafts.service.js';
import type { DraftView } from './draftViews.service.js';
import type { Draft, DraftKind } from './lifecycle/draft.js';

import { NO_ADVICE } from './ruleAdvice.service.js';
import { DraftKindEnum } from './types/ruleEnums.js';
import { RuleConflictType, RuleType, RuleWarningType, ruleType } from './types/ruleTypes.js';

@ObjectType('RuleDraft', {
  simpleResolvers: true,
  description: 'A change that somebody proposes. It counts for nobody until publishRuleSet is called with it.',
})
@Access('inherit')
export class RuleDraftType {
  @Field(() => ID, { description: 'Id of the draft.' })
  id!: string;

  @Field(() => DraftKindEnum, { description: 'What it would do.' })
  kind!: DraftKind;

  @Field(() => String, {
    description: 'What it says, as one plain sentence. A draft to remove a rule says what no longer holds.',
  })
  sentence!: string;

  @Field(() => Int, {
    description: 'How often it was saved, from 1. Name it when you edit, discard or approve the draft.',
  })
  revision!: number;

  @Field(() => RuleType, { nullable: true, description: 'RULE: the rule as it would be.' })
  rule!: RuleType | null;

  @Field(() => ID, { nullable: true, description: 'RULE and REMOVAL: id of the rule.' })
  ruleId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'SETTING: which one it changes: `policy`, `signal weights` or `delivery policy`.',
  })
  setting!: string | null;

  @Field(() => [ValueChangeType], {
    description: 'Each value that publishing it would change, beside what counts now.',
  })
  changes!: readonly ValueChange[];

  @Field(() => Int, {
    description: 'Version of the rule set (SETTING: of the setting) that whoever drafted it had looked at.',
  })
  basedOnVersion!: number;

  @Field(() => [String], {
    description:
      'What somebody else has published since and this draft would undo, by field; `rule`: the rule is gone. While there ' +
      'is any, the draft cannot be published: look at what counts now, then call updateDraft, or updateSettingDraft, with ' +
      'its version as `basedOnVersion`; discard a removal and draft it anew.',
  })
  overwrites!: readonly string[];

  @Field(() => String, { description: 'Who drafted it: `person <id>` or `key <id>`.' })
  createdBy!: string;

  @Field(() => GraphQLInstant, { description: 'When it was drafted.' })
  createdAt!: Date;

  @Field(() => String, { description: 'Who edited it last; this person cannot approve it.' })
  editedBy!: string;

  @Field(() => GraphQLInstant, { description: 'When it was edited last.' })
  editedAt!: Date;

  @Field(() => String, { nullable: true, description: 'Who approved it as it is; null: nobody since the last edit.' })
  approvedBy!: string | null;

  @Field(() => GraphQLInstant, { nullable: true, description: 'When it was approved; null: it was not.' })
  approvedAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'What became of a draft.' })
@Access('inherit')
export class DraftPayload {
  @Field(() => RuleDraftType, { nullable: true, description: 'The draft as it is stored; null when it was not.' })
  draft!: RuleDraftType | null;

  @Field(() => [RuleWarningType], { description: 'Why the rule would do nothing, or not now.' })
  warnings!: readonly RuleWarningType[];

  @Field(() => [RuleConflictType], {
    description: 'Published rules that the rule gets in the way of, or they in its way, and who wins.',
  })
  conflicts!: readonly RuleConflictType[];

  @Field(() => [RuleConflictType], {
    description:
      'Conflicts that come about only if other drafts, which wait now, are published too. A rule that is only drafted has ' +
      'the id that `ruleDrafts` tells as `ruleId`; previewRules with those drafts tells what happens.',
  })
  conflictsWithDrafts!: readonly RuleConflictType[];

  @Field(() => [UserErrorType], { description: 'What has to be put right first; then nothing was stored.' })
  userErrors!: readonly UserErrorType[];
}

@ObjectType({ simpleResolvers: true, description: 'A draft that was thrown away.' })
@Access('inherit')
export class DiscardDraftPayload {
  @Field(() => ID, { description: 'Id it had; `auditLog(subject: "draft <id>")` keeps what it said.' })
  draftId!: string;
}

@ObjectType({ simpleResolvers: true, description: 'What became of approvals.' })
@Access('inherit')
export class ApproveDraftsPayload {
  @Field(() => [RuleDraftType], { description: 'The drafts that you have approved.' })
  approved!: readonly RuleDraftType[];

  @Field(() => [UserErrorType], { description: 'Those that you could not approve, by their row, and why.' })
  userErrors!: readonly UserErrorType[];
}

/** Drafts as the API shows them. */
export async function draftTypes(drafts: DraftsService, some: readonly Draft[]): Promise<RuleDraftType[]> {
  return (await drafts.views(some)).map((view) => draftType(view, drafts));
}

function draftType({ draft, sentence, changes, overwrites }: DraftView, drafts: DraftsService): RuleDraftType {
  const { id, kind, revision, baseVersion, createdBy, createdAt, editedBy, editedAt, approval } = draft;
  return {
    ...{ id, kind, sentence, revision, overwrites, basedOnVersion: baseVersion },
    ...{ createdBy, createdAt, editedBy, editedAt },
    ...{ approvedBy: approval?.by ?? null, approvedAt: approval?.at ?? null },
    rule: draft.kind === 'RULE' ? ruleType(draft.rule, drafts.names) : null,
    ruleId: draft.kind === 'RULE' ? draft.rule.id : draft.kind === 'REMOVAL' ? draft.ruleId : null,
    setting: draft.kind === 'SETTING' ? draft.setting : null,
    changes: changes.map(({ path, before, after }) => ({ field: path.join('.'), before, after })),
  };
}

/** A draft that was saved or refused, with advice on its rule. */
export async function draftPayload(drafts: DraftsService, { draft, errors }: DraftResult): Promise<DraftPayload> {
  const userErrors = requestErrors(errors as RowError[]);
  if (draft === null) return { draft: null, ...NO_ADVICE, userErrors };
  const advice = draft.kind === 'RULE' ? await drafts.adviceOn(draft.rule) : NO_ADVICE;
  const [shown] = await draftTypes(drafts, [draft]);
  return { draft: shown ?? null, ...advice, userErrors };
}

import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  Float,
  ID,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Access, nameOf, type Viewer } from '../platform/access/access.js';
import type { RowError } from '../platform/errors.js';
import { requireBatchSize, UserErrorType } from '../platform/graphql/batch.js';
import { clampFirst } from '../platform/graphql/connection.js';
import {
  SettingChangeType,
  type ValueChange,
  ValueChangeType,
  valueChanges,
} from '../platform/settings/settingChange.js';
import { type RuleNames, sentenceOf } from './model/ruleSentence.js';
import type { PublishedResult, PublishingService } from './publishing.service.js';
import { MOST_LOOKED_AT, type RuleAdviceService } from './ruleAdvice.service.js';
import type { RuleSetService, RuleSetVersion, VersionsDiff } from './ruleSets.service.js';
import { SeenDraftInput } from './types/ruleInputs.js';
import { RuleType, RuleWarningType, ruleType } from './types/ruleTypes.js';

/** What a list of rules is taken to hold when the cost of a request is estimated. */
const ASSUMED_RULES = 15;

@ObjectType('PublishedSetting', { simpleResolvers: true, description: 'A setting that went along with a rule set.' })
@Access('inherit')
class PublishedSettingType {
  @Field(() => String, { description: 'Which: `policy`, `signal weights` or `delivery policy`.' })
  setting!: string;

  @Field(() => Int, { description: 'Its version when the rule set was published.' })
  version!: number;
}

@ObjectType('RuleSet', {
  simpleResolvers: true,
  description: 'All rules that count together, under one number. Versions never change.',
})
@Access('inherit')
class RuleSetType {
  @Field(() => Int, { description: 'Number of the version; 0: nobody has published a rule yet.' })
  version!: number;

  @Field(() => String, {
    description: 'SHA-256 of what it says. Two versions with the same hash have the same rules and the same holdout.',
  })
  contentHash!: string;

  @Field(() => [RuleType], {
    description: 'The rules, in the order of their ids. Those that have not begun yet or have ended are among them.',
    complexity: ({ childComplexity }) => 1 + ASSUMED_RULES * childComplexity,
  })
  rules!: readonly RuleType[];

  @Field(() => Float, {
    description:
      'Percentage of people, 0 to 50, whom BOOST, BURY, QUOTA, PIN and CAP leave alone, so that what these rules do can be ' +
      'told from what happens anyway. It is the same people all the time.',
  })
  holdoutPercent!: number;

  @Field(() => [PublishedSettingType], { description: 'The settings that counted when it was published.' })
  settings!: readonly PublishedSettingType[];

  @Field(() => Int, { nullable: true, description: 'The version whose content it brought back; null: none.' })
  rollbackOf!: number | null;

  @Field(() => SettingChangeType, { nullable: true, description: 'Who made it, when and why; null for version 0.' })
  change!: SettingChangeType | null;
}

@ObjectType('RuleChange', { simpleResolvers: true, description: 'A rule that says something else in another version.' })
@Access('inherit')
class RuleChangeType {
  @Field(() => RuleType, { description: 'The rule in the first version.' })
  before!: RuleType;

  @Field(() => RuleType, { description: 'The rule in the second version.' })
  after!: RuleType;

  @Field(() => [ValueChangeType], { description: 'Each value that differs.' })
  changes!: readonly ValueChange[];
}

@ObjectType('SettingDifference', {
  simpleResolvers: true,
  description: 'A setting that differs between two versions of the rule set.',
})
@Access('inherit')
class SettingDifferenceType {
  @Field(() => String, { description: 'Which: `policy`, `signal weights` or `delivery policy`.' })
  setting!: string;

  @Field(() => Int, { description: 'Its version beside the first.' })
  versionBefore!: number;

  @Field(() => Int, { description: 'Its version beside the second.' })
  versionAfter!: number;

  @Field(() => [ValueChangeType], { description: 'Each value that differs.' })
  changes!: readonly ValueChange[];
}

@ObjectType('RuleSetDiff', { simpleResolvers: true, description: 'What leads from one version to another.' })
@Access('inherit')
class RuleSetDiffType {
  @Field(() => Boolean, { description: 'Both say the same: the same rules and the same holdout. Settings may differ.' })
  sameContent!: boolean;

  @Field(() => [RuleType], { description: 'Rules that only the second has.' })
  added!: readonly RuleType[];

  @Field(() => [RuleType], { description: 'Rules that only the first has.' })
  removed!: readonly RuleType[];

  @Field(() => [RuleChangeType], { description: 'Rules that both have and that say something else.' })
  changed!: readonly RuleChangeType[];

  @Field(() => Float, { description: 'Holdout of the first, in percent.' })
  holdoutPercentBefore!: number;

  @Field(() => Float, { description: 'Holdout of the second, in percent.' })
  holdoutPercentAfter!: number;

  @Field(() => [SettingDifferenceType], { description: 'Settings that differ in what they say.' })
  settings!: readonly SettingDifferenceType[];
}

@ObjectType('IdleRule', {
  simpleResolvers: true,
  description: 'A rule that counts and does nothing, or not now.',
})
@Access('inherit')
class IdleRuleType {
  @Field(() => ID, { description: 'Id of the rule.' })
  ruleId!: string;

  @Field(() => String, { description: 'What it says.' })
  sentence!: string;

  @Field(() => [RuleWarningType], { description: 'Why; one at least.' })
  warnings!: readonly RuleWarningType[];
}

@ObjectType({ simpleResolvers: true, description: 'What became of a publication.' })
@Access('inherit')
class RuleSetPayload {
  @Field(() => RuleSetType, { nullable: true, description: 'The new version; null when nothing was published.' })
  ruleSet!: RuleSetType | null;

  @Field(() => [UserErrorType], {
    description:
      'What has to be put right first; then nothing was published, and all drafts are still there. `index` is the ' +
      'position of the draft among `draftIds`.',
  })
  userErrors!: readonly UserErrorType[];
}

const EXPECTED_VERSION =
  'The version of the rule set that you have looked at. Fails with CONFLICT, and changes nothing, when somebody else has ' +
  'published since; `extensions.details` says who, why, and what changed, rule by rule as sentences.';
const REASON = 'Why, for whoever reads the history; at most 500 characters.';

@Resolver(() => RuleSetPayload)
export class RulesResolver {
  readonly #ruleSets: RuleSetService;
  readonly #publishing: PublishingService;
  readonly #advice: RuleAdviceService;

  constructor(ruleSets: RuleSetService, publishing: PublishingService, advice: RuleAdviceService) {
    this.#ruleSets = ruleSets;
    this.#publishing = publishing;
    this.#advice = advice;
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => RuleType, { description: 'One published rule, of the version that counts.' })
  async rule(@Arg('id', () => ID, { description: 'Id of the rule.' }) id: string): Promise<RuleType> {
    return ruleType(await this.#ruleSets.rule(id), this.#ruleSets.names);
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => RuleSetType, { description: 'The rules that count, or those of an earlier version.' })
  async ruleSet(
    @Arg('version', () => Int, { nullable: true, description: 'Which version; the one that counts when left out.' })
    version: number | null | undefined,
  ): Promise<RuleSetType> {
    return this.#type(version == null ? await this.#ruleSets.latest() : await this.#ruleSets.at(version));
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => [RuleSetType], {
    description: 'All that was ever published, newest first; version 0 is not among them.',
  })
  async ruleSets(
    @Arg('first', () => Int, { nullable: true, description: 'How many; 10 when left out, at most 100.' })
    first: number | null | undefined,
  ): Promise<RuleSetType[]> {
    return (await this.#ruleSets.versions(clampFirst(first))).map((version) => this.#type(version));
  }

  @Access({ roles: ['LD_EDITOR', 'LD_ANALYST'] })
  @Query(() => RuleSetDiffType, { description: 'What leads from one version of the rule set to another.' })
  async ruleSetDiff(
    @Arg('a', () => Int, { description: 'The first version.' }) a: number,
    @Arg('b', () => Int, { description: 'The second version; it may be the older one.' }) b: number,
  ): Promise<RuleSetDiffType> {
    return diffType(await this.#ruleSets.diff(a, b), this.#ruleSets.names);
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => RuleSetPayload, {
    description:
      'Publishes drafts: all of them or, when one cannot be, none. Rules count from the next list on, changed settings as ' +
      'their own descriptions say. The drafts are gone then; other drafts stay.',
  })
  async publishRuleSet(
    @Arg('draftIds', () => [ID], { description: 'The drafts; none to change the holdout alone.' }) draftIds: string[],
    @Arg('expectedVersion', () => Int, { description: EXPECTED_VERSION }) expectedVersion: number,
    @Arg('reason', () => String, { description: REASON }) reason: string,
    @Arg('holdoutPercent', () => Float, {
      nullable: true,
      description:
        'Percentage of people whom soft rules leave alone, 0 to 50; as it is when left out, 0 until somebody changes it. ' +
        'With 5 from the first rule on, `ruleEffect` can tell before long what rules do. To preview it first, or where a ' +
        'second person has to approve every change, draft it with draftSetting instead.',
    })
    holdoutPercent: number | null | undefined,
    @Arg('revisions', () => [SeenDraftInput], {
      nullable: true,
      description:
        'The drafts as you have looked at them, each of them among `draftIds`. When somebody has edited one of them since, ' +
        'a user error CONFLICT says so and nothing is published. A draft left out here is published as it is by then.',
    })
    revisions: SeenDraftInput[] | null | undefined,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<RuleSetPayload> {
    const seen = revisions ?? [];
    requireBatchSize(seen);
    const update = { expectedVersion, reason, by: nameOf(viewer) };
    return this.#payload(await this.#publishing.publish(draftIds, seen, holdoutPercent ?? null, update));
  }

  @Access({ roles: ['LD_EDITOR'] })
  @Mutation(() => RuleSetPayload, {
    description:
      'Brings an earlier version back, as a new version: its rules, its holdout, and policy, signal weights and delivery ' +
      'policy as they were until something else was published; a setting that is the same under both versions stays as ' +
      'it is. Nothing of the history is lost, so it can be undone in the same way. It needs no approval. Drafts stay. What it ' +
      'would do to lists, `previewRules(draftIds: [], rollbackTo: …)` shows first.',
  })
  async rollbackRuleSet(
    @Arg('toVersion', () => Int, { description: 'The version to bring back; 0: no rules at all.' }) toVersion: number,
    @Arg('expectedVersion', () => Int, { description: EXPECTED_VERSION }) expectedVersion: number,
    @Arg('reason', () => String, { description: REASON }) reason: string,
    @Arg('overwriteSettings', () => Boolean, {
      nullable: true,
      description:
        'Brings a setting back even where somebody has changed it by hand since the current version was published. Unless ' +
        'true, the call fails with CONFLICT then and changes nothing; `extensions.details.settings` says who changed what, ' +
        'when and why, and so what would be lost.',
    })
    overwriteSettings: boolean | null | undefined,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<RuleSetPayload> {
    const update = { expectedVersion, reason, by: nameOf(viewer) };
    return this.#payload(await this.#publishing.rollBack(toVersion, overwriteSettings ?? false, update));
  }

  @FieldResolver(() => [IdleRuleType], {
    description:
      'Rules that the new version brings or changes and that do nothing, or not now: of what was drafted some time ago ' +
      'the schedule may be over, or the course gone. They were published all the same. Of very many the first ' +
      `${MOST_LOOKED_AT} are looked at, in the order of their ids.`,
    complexity: ({ childComplexity }) => 1 + ASSUMED_RULES * childComplexity,
  })
  async idleRules(@Root() { ruleSet }: RuleSetPayload): Promise<IdleRuleType[]> {
    if (ruleSet === null) return [];
    const { names } = this.#ruleSets;
    const idle = await this.#advice.idleRules(await this.#ruleSets.at(ruleSet.version));
    return idle.map(({ rule, warnings }) => ({ ruleId: rule.id, sentence: sentenceOf(rule, names), warnings }));
  }

  #type({ version, content, change }: RuleSetVersion): RuleSetType {
    const { rules, settings, contentHash, holdoutPercent, rollbackOf } = content;
    const { names } = this.#ruleSets;
    return {
      ...{ version, contentHash, holdoutPercent, rollbackOf, change },
      rules: rules.map((rule) => ruleType(rule, names)),
      settings: Object.entries(settings).map(([setting, of]) => ({ setting, version: of })),
    };
  }

  #payload({ made, errors }: PublishedResult): RuleSetPayload {
    return { ruleSet: made && this.#type(made), userErrors: errors.map(userError) };
  }
}

/** Errors about a draft keep its position; the others are about the request. */
const userError = (error: RowError): UserErrorType => ({
  ...error,
  index: error.path[0] === 'draftIds' && error.path.length > 1 ? error.index : null,
});

function diffType({ before, after, rules, settings }: VersionsDiff, names: RuleNames): RuleSetDiffType {
  return {
    sameContent: before.content.contentHash === after.content.contentHash,
    added: rules.added.map((rule) => ruleType(rule, names)),
    removed: rules.removed.map((rule) => ruleType(rule, names)),
    changed: rules.changed.map((rule) => ({
      before: ruleType(rule.before, names),
      after: ruleType(rule.after, names),
      changes: valueChanges(rule.before, rule.after),
    })),
    holdoutPercentBefore: before.content.holdoutPercent,
    holdoutPercentAfter: after.content.holdoutPercent,
    settings: settings.map(({ setting, versions, changes }) => ({
      ...{ setting, versionBefore: versions.before, versionAfter: versions.after },
      changes: changes.map(({ path, ...values }) => ({ field: path.join('.'), ...values })),
    })),
  };
}

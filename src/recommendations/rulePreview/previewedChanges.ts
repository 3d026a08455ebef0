import type { ConfidenceWeights } from '../../learners/confidence.js';
import type { SignalWeightsService } from '../../learners/signalWeights.service.js';
import type { RowError } from '../../platform/errors.js';
import { type ValueChange, valueChanges } from '../../platform/settings/settingChange.js';
import type { DraftViewsService } from '../../rules/draftViews.service.js';
import type { RuleSetContent } from '../../rules/model/rule.js';
import type { Policy, PolicyContent } from '../../rules/policy.js';
import type { PolicyService } from '../../rules/policy.service.js';
import type { PublishingService } from '../../rules/publishing.service.js';
import type { RuleSetService } from '../../rules/ruleSets.service.js';
import type { SettingVersions } from '../offPolicy/loggedLists.store.js';
import type { PreviewSide } from './previewScene.js';

/** Which change somebody wants tried. */
export interface WantedChange {
  readonly draftIds: readonly string[];
  /** Version of the rule set to go back to instead of publishing drafts; null: none. */
  readonly rollbackTo: number | null;
  /** Version of the rule set, with the settings of then, to compare with; null: what counts. */
  readonly compareTo: number | null;
}

/** A setting that a preview takes as changed. */
export interface PreviewedSetting {
  /** Its kind, such as `policy`. */
  readonly setting: string;
  readonly changes: readonly ValueChange[];
  /** Whether lists hang on it. */
  readonly isInLists: boolean;
  /** It goes back to before a change that somebody made by hand. */
  readonly isChangedSince: boolean;
}

/** What lists are made by before and after, and the settings that change. */
export interface PreviewedChange {
  readonly before: PreviewSide;
  readonly after: PreviewSide;
  readonly settings: readonly PreviewedSetting[];
}

/** What would count; contents of settings that change, by their kinds. */
interface Outcome {
  readonly content: RuleSetContent;
  readonly settings: ReadonlyMap<
    string,
    { readonly before: unknown; readonly after: unknown; readonly isChangedSince: boolean }
  >;
}

/** Where rules and settings come from. */
interface ChangeSources {
  readonly ruleSets: RuleSetService;
  readonly drafts: DraftViewsService;
  readonly publishing: PublishingService;
  readonly policies: PolicyService;
  readonly signalWeights: SignalWeightsService;
}

/** Works out what would count, as publishing and rolling back do. */
export class PreviewedChanges {
  readonly #ruleSets: RuleSetService;
  readonly #drafts: DraftViewsService;
  readonly #publishing: PublishingService;
  readonly #policies: PolicyService;
  readonly #signalWeights: SignalWeightsService;

  constructor({ ruleSets, drafts, publishing, policies, signalWeights }: ChangeSources) {
    this.#ruleSets = ruleSets;
    this.#drafts = drafts;
    this.#publishing = publishing;
    this.#policies = policies;
    this.#signalWeights = signalWeights;
  }

  /** Of what counts now. */
  get versions(): SettingVersions {
    return {
      policy: this.#policies.current.version,
      signalWeights: this.#signalWeights.current.version,
      ruleSet: this.#ruleSets.current.version,
    };
  }

  /**
   * @returns null with the errors when it cannot come to that
   * @throws DomainError NOT_FOUND for a draft or version that there is not
   */
  async of(
    wanted: WantedChange,
  ): Promise<{ readonly change: PreviewedChange | null; readonly errors: readonly RowError[] }> {
    const { outcome, errors } = await this.#outcomeOf(wanted);
    if (outcome === null) return { change: null, errors };
    const [before, after] = [await this.#sideBefore(wanted.compareTo), this.#sideAfter(outcome)];
    const settings = [...holdoutChange(before, after), ...this.#previewedSettings(outcome)];
    return { change: { before, after, settings }, errors };
  }

  async #outcomeOf({
    draftIds,
    rollbackTo,
  }: WantedChange): Promise<{ readonly outcome: Outcome | null; readonly errors: readonly RowError[] }> {
    if (rollbackTo === null) {
      const { content, settings } = await this.#drafts.draftedContent(draftIds);
      const changes = [...settings].map(([kind, change]) => [kind, { ...change, isChangedSince: false }] as const);
      return { outcome: { content, settings: new Map(changes) }, errors: [] };
    }
    const { outcome, errors } = await this.#publishing.rollbackOutcome(rollbackTo);
    if (outcome === null) return { outcome, errors: errors.map((error) => ({ ...error, path: ['rollbackTo'] })) };
    const changes = outcome.settings.map(({ setting, now, content, isChangedSince }) => {
      return [setting.kind.kind, { before: now.content, after: content, isChangedSince }] as const;
    });
    return { outcome: { content: outcome.content, settings: new Map(changes) }, errors };
  }

  /** @param version of the rule set; null: what counts */
  async #sideBefore(version: number | null): Promise<PreviewSide> {
    const { current } = this.#policies;
    const { weights } = this.#signalWeights.current;
    if (version === null) {
      return {
        ruleSet: contentOf(this.#ruleSets.current.content),
        policy: plainPolicy(current),
        signalWeights: weights,
      };
    }
    const ruleSet = await this.#ruleSets.at(version);
    const { content } = ruleSet;
    const settings = await this.#ruleSets.settingsOf(ruleSet);
    const [policy, signalWeights] = await Promise.all([
      this.#policies.at(settings[this.#policies.kind.kind] ?? current.version),
      this.#signalWeights.at(settings[this.#signalWeights.kind.kind] ?? this.#signalWeights.current.version),
    ]);
    return { ruleSet: contentOf(content), policy: plainPolicy(policy), signalWeights: signalWeights.weights };
  }

  #sideAfter({ content, settings }: Outcome): PreviewSide {
    const { current } = this.#policies;
    const policy = settings.get(this.#policies.kind.kind)?.after as PolicyContent | undefined;
    const weights = settings.get(this.#signalWeights.kind.kind)?.after as ConfidenceWeights | undefined;
    return {
      ruleSet: contentOf(content),
      policy: policy === undefined ? plainPolicy(current) : { ...policy, version: current.version },
      signalWeights: weights ?? this.#signalWeights.current.weights,
    };
  }

  #previewedSettings({ settings }: Outcome): PreviewedSetting[] {
    const ofLists = [this.#policies.kind.kind, this.#signalWeights.kind.kind];
    return [...settings].map(([setting, { before, after, isChangedSince }]) => {
      return { setting, changes: valueChanges(before, after), isInLists: ofLists.includes(setting), isChangedSince };
    });
  }
}

/** The holdout belongs to the rule set, and is told of beside the settings. */
function holdoutChange(before: PreviewSide, after: PreviewSide): PreviewedSetting[] {
  const [was, is] = [before, after].map(({ ruleSet }) => ({ holdoutPercent: ruleSet.holdoutPercent }));
  const changes = valueChanges(was, is);
  return changes.length === 0 ? [] : [{ setting: 'holdout', changes, isInLists: true, isChangedSince: false }];
}

/** What is stored with a published set beside its content is of no interest to lists. */
const contentOf = ({ rules, holdoutPercent }: RuleSetContent): RuleSetContent => ({ rules, holdoutPercent });

const plainPolicy = ({ version, strengths, diversity, explorationShare }: Policy): Policy => ({
  version,
  strengths,
  diversity,
  explorationShare,
});

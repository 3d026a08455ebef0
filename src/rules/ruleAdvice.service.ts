import type { CatalogService } from '../catalog/catalog.service.js';
import type { LearnersService } from '../learners/learners.service.js';
import { inTurns } from '../platform/turns/turns.js';
import { audienceCriteria, isGapPossible } from './conflicts/audienceCriteria.js';
import { conflictSteps, type RuleConflict } from './conflicts/ruleConflicts.js';
import { type RuleWarning, ruleWarnings } from './conflicts/ruleWarnings.js';
import type { Draft } from './lifecycle/draft.js';
import { INITIAL_RULE_SET, withDrafts } from './lifecycle/publishedRuleSet.js';
import type { Rule } from './model/rule.js';
import { ruleSetDiff } from './model/ruleSetDiff.js';
import { openCourses } from './model/target.js';
import type { RuleSetService, RuleSetVersion } from './ruleSets.service.js';

/** What to tell whoever drafts a rule. */
export interface RuleAdvice {
  readonly warnings: readonly RuleWarning[];
  /** With what is published. */
  readonly conflicts: readonly RuleConflict[];
  /** Those that come about only together with other drafts. */
  readonly conflictsWithDrafts: readonly RuleConflict[];
}

export const NO_ADVICE: RuleAdvice = { warnings: [], conflicts: [], conflictsWithDrafts: [] };

/** A published rule and what keeps it from doing anything; never empty. */
export interface IdleRule {
  readonly rule: Rule;
  readonly warnings: readonly RuleWarning[];
}

export const MOST_LOOKED_AT = 100;

/** What is odd about rules, told to whoever drafts or publishes them. */
export class RuleAdviceService {
  readonly #ruleSets: RuleSetService;
  readonly #catalog: CatalogService;
  readonly #learners: LearnersService;
  readonly #clock: () => Date;

  constructor(ruleSets: RuleSetService, catalog: CatalogService, learners: LearnersService, clock: () => Date) {
    this.#ruleSets = ruleSets;
    this.#catalog = catalog;
    this.#learners = learners;
    this.#clock = clock;
  }

  /**
   * What keeps a rule from doing anything, and which rules it gets in the way of: those published, and those as they would
   * be if all drafts were.
   *
   * @param drafts that wait, its own or not
   */
  async on(rule: Rule, drafts: readonly Draft[]): Promise<RuleAdvice> {
    const { content } = this.#ruleSets.current;
    const isOther = ({ id }: Rule) => id !== rule.id;
    const { conflicts, warningsOf } = await this.#surroundings([...content.rules.filter(isOther), rule], [rule]);
    const warnings = await warningsOf(rule);
    const drafted = drafts.filter((draft) => draft.kind === 'RULE' && isOther(draft.rule));
    if (drafted.length === 0) return { ...NO_ADVICE, warnings, conflicts };
    const rules = withDrafts(content, drafted).rules.filter(isOther);
    const { conflicts: withDrafted } = await this.#surroundings([...rules, rule], [rule]);
    const known = new Set(conflicts.map(conflictKey));
    return { warnings, conflicts, conflictsWithDrafts: withDrafted.filter((one) => !known.has(conflictKey(one))) };
  }

  /**
   * Of the rules that a version has brought or changed, those that do nothing, or not now: drafts may have waited long. Of
   * more than 100 the first by id: each is held against every other rule.
   */
  async idleRules(version: RuleSetVersion): Promise<IdleRule[]> {
    // What a later release had published may be unreadable; then all of them are looked at.
    const before = (await this.#ruleSets.contentAt(version.version - 1)) ?? INITIAL_RULE_SET;
    const { added, changed } = ruleSetDiff(before, version.content);
    const brought = [...added, ...changed.map(({ after }) => after)]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, MOST_LOOKED_AT);
    const { warningsOf } = await this.#surroundings(version.content.rules, brought);
    const idle: IdleRule[] = [];
    for (const rule of brought) {
      const warnings = await warningsOf(rule);
      if (warnings.length > 0) idle.push({ rule, warnings });
    }
    return idle;
  }

  /** @param about those of the rules that conflicts and warnings are about */
  async #surroundings(rules: readonly Rule[], about: readonly Rule[]) {
    const now = this.#clock();
    const { courses, roleList } = this.#catalog.snapshot;
    const catalogue = openCourses(courses, now);
    const nowMs = now.getTime();
    const conflicts = await inTurns(conflictSteps(rules, catalogue, nowMs, new Set(about.map(({ id }) => id))));
    const warningsOf = async (rule: Rule): Promise<RuleWarning[]> => {
      const { audience } = rule;
      const isAnybody =
        isGapPossible(audience, roleList) && (await this.#learners.isAnybody(audienceCriteria(audience)));
      return ruleWarnings(rule, { catalogue, audienceSize: isAnybody ? null : 0, conflicts, nowMs });
    };
    return { conflicts, warningsOf };
  }
}

const conflictKey = ({ kind, ruleIds }: RuleConflict): string => [kind, ...ruleIds].join(' ');

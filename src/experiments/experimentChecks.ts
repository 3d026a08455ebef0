import type { RowError } from '../platform/errors.js';
import { isGiven, RowChecks } from '../platform/rowChecks.js';
import { audienceProblems, type RuleCatalog } from '../rules/model/ruleChecks.js';
import {
  areDisjoint,
  DELIVERY_SETTING,
  type Experiment,
  type ExperimentDefinition,
  layersOf,
  METRICS,
} from './experiment.js';
import { definitionOf, type GivenExperiment, variantProblems } from './givenExperiment.js';

const LIMITS = {
  label: 200,
  hypothesis: 2_000,
  variants: { min: 2, max: 5 },
  weight: { min: 1, max: 100 },
  sharePercent: { min: 0.1, max: 100 },
  guardrails: 6,
  proportionMargin: { min: 0.001, max: 1 },
  meanMargin: { min: 0.001, max: 10_000 },
  // Nothing is told of fewer than five.
  people: { min: 5, max: 10_000_000 },
  days: { min: 1, max: 365 },
} as const;

/** Most experiments that run at once: each is looked at whenever a list is made. */
const MAX_RUNNING = 50;
/** Most model versions that running experiments name: every process keeps each in memory beside the live one. */
const MAX_MODEL_VERSIONS = 2;

/** What is wrong with a change of a setting of a kind, field by field. */
export type SettingProblems = (kind: string, change: Readonly<Record<string, unknown>>) => readonly RowError[];

/** What is wrong with an experiment, field by field; empty when it may be stored. */
export function experimentProblems(
  given: GivenExperiment,
  catalog: RuleCatalog,
  settingProblems: SettingProblems,
): readonly RowError[] {
  const check = new RowChecks(0);
  const { label, hypothesis, sharePercent, people, days } = LIMITS;
  check.text(given.name, label, 'name');
  check.longText(given.hypothesis, hypothesis, 'hypothesis');
  check.text(given.owner, label, 'owner');
  check.number(given.sharePercent, sharePercent.min, sharePercent.max, 'sharePercent');
  check.whole(given.minimumPeoplePerVariant, people.min, people.max, 'minimumPeoplePerVariant');
  check.whole(given.minimumDays, days.min, days.max, 'minimumDays');
  checkAudience(given, check);
  checkPlannedPeople(given, check);
  checkVariants(given, check);
  checkGuardrails(given, check);
  const inside = given.variants.flatMap(({ settings }, i) =>
    Object.entries(settings).flatMap(([kind, change]) =>
      settingProblems(kind, change).map((error) => ({
        ...error,
        path: ['variants', String(i), fieldOf(kind), ...error.path],
      })),
    ),
  );
  return [...check.errors, ...audienceProblems(given.audience ?? {}, catalog), ...inside];
}

/** As the API spells it. */
const fieldOf = (kind: string): string => (kind === DELIVERY_SETTING ? 'deliveryPolicy' : kind);

function checkAudience({ audience }: GivenExperiment, check: RowChecks): void {
  if (!isGiven(audience?.skillGap)) return;
  // Whoever learns leaves such an audience: those who are left would be compared, which favours what teaches nobody.
  const message =
    'An experiment cannot be for people who are short of a skill: what it does may change who that is. Name departments, ' +
    'roles or locations instead';
  check.fail('INVALID_VALUE', message, 'audience', 'skillGap');
}

function checkPlannedPeople(given: GivenExperiment, check: RowChecks): void {
  const { people } = LIMITS;
  check.whole(given.plannedPeople, people.min, people.max, 'plannedPeople');
  const least = given.minimumPeoplePerVariant * given.variants.length;
  if (isGiven(given.plannedPeople) && given.plannedPeople < least) {
    const message = `plannedPeople must be at least ${least}: minimumPeoplePerVariant for each variant`;
    check.fail('INVALID_VALUE', message, 'plannedPeople');
  }
}

function checkVariants(given: GivenExperiment, check: RowChecks): void {
  const { variants, label, weight } = LIMITS;
  const { length } = given.variants;
  if (length < variants.min || length > variants.max) {
    const message = `An experiment has ${variants.min} to ${variants.max} variants, not ${length}`;
    check.fail('INVALID_VALUE', message, 'variants');
  }
  given.variants.slice(0, variants.max).forEach((variant, i) => {
    const at = ['variants', String(i)];
    check.id(variant.id, ...at, 'id');
    check.text(variant.name, label, ...at, 'name');
    check.whole(variant.weight, weight.min, weight.max, ...at, 'weight');
    check.whole(variant.ruleSetVersion, 0, Number.MAX_SAFE_INTEGER, ...at, 'ruleSetVersion');
    check.id(variant.modelVersion, ...at, 'modelVersion');
    const change = variant.settings[DELIVERY_SETTING] ?? {};
    for (const field of ['teamShare', 'teamShareFrom'].filter((name) => isGiven(change[name]))) {
      const message = `${field} is about whole departments, of whom some may be in another variant; leave it out`;
      check.fail('INVALID_VALUE', message, ...at, 'deliveryPolicy', field);
    }
  });
  for (const { message, path } of variantProblems(definitionOf(given))) check.fail('INVALID_VALUE', message, ...path);
}

function checkGuardrails({ guardrails, primaryMetric }: GivenExperiment, check: RowChecks): void {
  const named = new Set([primaryMetric]);
  check.list(guardrails, LIMITS.guardrails, 'guardrails').forEach(({ metric, margin }, i) => {
    const { min, max } = METRICS[metric].kind === 'MEAN' ? LIMITS.meanMargin : LIMITS.proportionMargin;
    check.number(margin, min, max, 'guardrails', String(i), 'margin');
    if (named.has(metric)) {
      const message = `${metric} is the primary metric or a guardrail already; name it once`;
      check.fail('INVALID_VALUE', message, 'guardrails', String(i), 'metric');
    }
    named.add(metric);
  });
}

/**
 * What keeps an experiment from running beside those that do. Of each layer a person is in one experiment at most, so
 * that a list or a message is never shaped by two: those of one layer may only run together when nobody can be in the
 * audiences of both. Those of different layers may share people, whom they draw independently.
 */
export function startProblems(
  { id, definition }: Pick<Experiment, 'id' | 'definition'>,
  running: readonly Pick<Experiment, 'id' | 'definition'>[],
): readonly RowError[] {
  const check = new RowChecks(0);
  const others = running.filter((other) => other.id !== id);
  if (others.length >= MAX_RUNNING) {
    check.fail('CONFLICT', `${others.length} experiments run already; stop one of them first`);
  }
  const models = new Set([definition, ...others.map((other) => other.definition)].flatMap(modelVersionsOf));
  if (models.size > MAX_MODEL_VERSIONS) {
    const message = `Running experiments would need ${models.size} model versions in memory; at most ${MAX_MODEL_VERSIONS} are allowed`;
    check.fail('CONFLICT', message, 'variants');
  }
  for (const other of others) {
    const shared = layersOf(definition).filter((layer) => layersOf(other.definition).includes(layer));
    if (shared.length === 0 || areDisjoint(definition.audience, other.definition.audience)) continue;
    const things = shared.map((layer) => (layer === 'LISTS' ? 'lists' : 'deliveries')).join(' and ');
    const message =
      `Experiment "${other.id}" runs and changes ${things} for some of the same people. Stop it first, or give them ` +
      'different departments, roles, locations or people';
    check.fail('CONFLICT', message, 'audience');
  }
  return check.errors;
}

export const modelVersionsOf = ({ variants }: ExperimentDefinition): string[] =>
  variants.flatMap(({ modelVersion }) => modelVersion ?? []);

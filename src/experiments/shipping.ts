import type { EntityManager } from 'typeorm';
import { DomainError, type RowError } from '../platform/errors.js';
import type { SettingUpdate } from '../platform/settings/versionedSettings.js';
import type { PublishingService } from '../rules/publishing.service.js';
import type { RuleSetService } from '../rules/ruleSets.service.js';
import type { TrainingService } from '../training/training.service.js';
import type { Replaced, Shipped, Variant } from './experiment.js';

/** Where what a variant changes is changed for everybody. */
export interface ShippingPlaces {
  readonly ruleSets: RuleSetService;
  readonly publishing: PublishingService;
  readonly training: TrainingService;
}

/** Why, and by whom. */
export type ShippingUpdate = Pick<SettingUpdate, 'reason' | 'by'>;

/** What a variant changes that may no longer be changed so: another release may allow less. */
export function shippingProblems({ settings }: Variant, { ruleSets }: ShippingPlaces): readonly RowError[] {
  return Object.entries(settings).flatMap(([kind, change]) => ruleSets.tunable(kind).kind.problems(change));
}

/**
 * Makes what a variant changes count for everybody, within one turn (`VersionedSettings.inTurn`): new versions of the
 * settings and of the rule set, and its model live.
 */
export async function shipIn(
  transaction: EntityManager,
  variant: Variant,
  update: ShippingUpdate,
  { ruleSets, publishing, training }: ShippingPlaces,
): Promise<Shipped> {
  const settings: Record<string, Replaced<number>> = {};
  const changeSettings = async () => {
    for (const [name, change] of Object.entries(variant.settings)) {
      const { setting, kind } = ruleSets.tunable(name);
      await setting.requireReadableIn(transaction);
      const before = (await setting.latestIn(transaction)).version;
      const changed = (content: unknown) => kind.changed(content, change);
      const made = await setting.updateIn(transaction, changed, { ...update, expectedVersion: null });
      settings[name] = { before, after: made.version };
    }
  };
  const { id: variantId, ruleSetVersion, modelVersion } = variant;
  let ruleSet: Shipped['ruleSet'] = null;
  if (ruleSetVersion === null) await changeSettings();
  else {
    const wanted = { ...update, expectedVersion: null };
    ruleSet = await publishing.republishIn(transaction, ruleSetVersion, wanted, changeSettings);
  }
  const model =
    modelVersion === null ? null : { before: await training.goLive(transaction, modelVersion), after: modelVersion };
  return { variantId, settings, ruleSet, model };
}

/**
 * Takes back what was shipped, within one turn: what counted before counts again. A model that a training has replaced
 * meanwhile is gone already.
 *
 * @throws DomainError CONFLICT when somebody has changed one of the settings or the rule set since, which would be lost
 */
export async function takeBackIn(
  transaction: EntityManager,
  { settings, ruleSet, model }: Shipped,
  update: ShippingUpdate,
  { ruleSets, publishing, training }: ShippingPlaces,
): Promise<void> {
  const wanted = { ...update, expectedVersion: null };
  const putBack = async () => {
    for (const [name, { before, after }] of Object.entries(settings)) {
      const { setting } = ruleSets.tunable(name);
      await setting.requireReadableIn(transaction);
      requireUnchanged(name, (await setting.latestIn(transaction)).version, after);
      const earlier = await setting.at(before ?? 0, transaction);
      if (earlier === null)
        throw new DomainError('NOT_FOUND', `Version ${before} of the ${name} cannot be read any more.`);
      await setting.updateIn(transaction, () => earlier.content, wanted);
    }
  };
  if (ruleSet === null) await putBack();
  else {
    requireUnchanged('rule set', await ruleSets.latestVersionIn(transaction), ruleSet.after);
    await publishing.republishIn(transaction, ruleSet.before ?? 0, wanted, putBack);
  }
  if (model?.before != null) await training.goLive(transaction, model.before, model.after);
}

function requireUnchanged(name: string, currentVersion: number, shippedVersion: number): void {
  if (currentVersion === shippedVersion) return;
  throw new DomainError(
    'CONFLICT',
    `The ${name} changed since the variant was shipped (version ${currentVersion} follows ${shippedVersion}), and rolling ` +
      'back would undo that. Nothing was changed by this call; change the setting itself to what you want.',
    { setting: name, shippedVersion, currentVersion },
  );
}

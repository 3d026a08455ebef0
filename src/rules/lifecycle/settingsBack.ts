import type { EntityManager } from 'typeorm';
import { DomainError } from '../../platform/errors.js';
import type { TunableSetting } from '../../platform/settings/tunableSetting.js';
import { changesBetween, type SettingVersion } from '../../platform/settings/versionedSettings.js';
import { canonicalJson } from '../model/ruleSetHash.js';
import type { PublishedRuleSet, SettingVersions } from './publishedRuleSet.js';

/** A setting of any kind that is drafted, published and rolled back together with rules. */
export type AnyTunable = TunableSetting<unknown, unknown, unknown>;

/** A setting that has another content under an earlier version of the rule set than it has now. */
export interface SettingBack {
  readonly setting: AnyTunable;
  readonly content: unknown;
  readonly now: SettingVersion<unknown>;
  /** What somebody changed by hand since the current rule set was published is lost with it. */
  readonly isChangedSince: boolean;
  /** The content that the current rule set was published with; null when it cannot be read any more. */
  readonly published: unknown;
}

/**
 * The settings that going back changes. One that is the same under both rule sets is not among them: what became of it
 * since has nothing to do with what is taken back.
 *
 * @param wanted versions of the settings under the rule set that is to come back
 * @throws DomainError NOT_FOUND when one of them cannot be read any more
 */
export async function settingsBack(
  transaction: EntityManager,
  wanted: SettingVersions,
  current: PublishedRuleSet,
  tunable: (kind: string) => AnyTunable,
): Promise<SettingBack[]> {
  const back: SettingBack[] = [];
  for (const [kind, version] of Object.entries(wanted)) {
    const publishedVersion = current.settings[kind];
    if (publishedVersion === version) continue;
    const setting = tunable(kind);
    const target = await setting.setting.at(version, transaction);
    if (target === null) throw unreadable(kind, version);
    const now = await setting.setting.latestIn(transaction);
    const published = publishedVersion === undefined ? now : await setting.setting.at(publishedVersion, transaction);
    if (isSame(target, now) || (published !== null && isSame(target, published))) continue;
    const isChangedSince = published === null || !isSame(published, now);
    back.push({ setting, content: target.content, now, isChangedSince, published: published?.content ?? null });
  }
  return back;
}

/** @throws DomainError CONFLICT that shows what would be lost of what was changed by hand */
export function requireNothingLost(back: readonly SettingBack[]): void {
  const lost = back.filter(({ isChangedSince }) => isChangedSince);
  if (lost.length === 0) return;
  const names = lost.map(({ setting }) => setting.kind.kind).join(' and the ');
  throw new DomainError(
    'CONFLICT',
    `The ${names} changed since the current rule set was published, and going back would undo that. Nothing was changed ` +
      'by this call; look at what would be lost and send it with overwriteSettings, or go another way: draft what you want.',
    { settings: lost.map(lostWords) },
  );
}

function lostWords({ setting, content, now, published }: SettingBack): Readonly<Record<string, unknown>> {
  return {
    ...{ setting: setting.kind.kind, currentVersion: now.version, current: now.content, wouldBe: content },
    ...{ reason: now.change?.reason ?? null, changedBy: now.change?.by ?? null },
    changedAt: now.change?.at.toISOString() ?? null,
    changes: published === null ? [] : changesBetween(published, now.content),
  };
}

const isSame = (a: SettingVersion<unknown>, b: SettingVersion<unknown>): boolean =>
  canonicalJson(a.content) === canonicalJson(b.content);

function unreadable(kind: string, version: number): DomainError {
  const message =
    `Version ${version} of the ${kind}, which belongs to what you want to go back to, cannot be read any more. ` +
    'Nothing was changed; draft what you want back instead.';
  return new DomainError('NOT_FOUND', message, { argument: 'toVersion' });
}

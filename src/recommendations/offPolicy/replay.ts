import type { LearnerState } from '../../learners/learners.service.js';
import type { Surface } from '../../rules/model/surface.js';
import type { SearchMatch } from '../pipeline/inputs.js';
import { isPlacing } from '../pipeline/ruleStage.js';
import { scoreCatalogue } from '../pipeline/scoring.js';
import { inputsOf, type Scene, type SceneSetting, scoredAgain } from '../rulePreview/previewScene.js';
import type { LoggedPage } from './loggedPage.js';
import { setOf, shownChances } from './shownChances.js';

/** A list that was handed out, and what came of it. Plain values, to be sent to a thread. */
export interface LoggedChoice {
  readonly at: Date;
  /** As of then. */
  readonly state: LearnerState;
  readonly searches: readonly SearchMatch[];
  readonly page: LoggedPage;
  readonly reward: number;
}

/** How likely a list was, and how likely it would have been with the change. Plain values. */
export interface ReplayedChoice {
  readonly reward: number;
  /** As logged, above 0. */
  readonly loggedPropensity: number;
  readonly targetPropensity: number;
  /** Whether the change would show anything else, or anything with another chance. */
  readonly isChanged: boolean;
  /** Of what the change would show, how much had any chance of being shown, 0 to 1. */
  readonly support: number;
}

/** Chances that differ by no more are the same: they are sums in another order. */
const ROUNDING = 1e-9;

/**
 * A logged list made once more, by what counted and with the change.
 *
 * @param scene as of about then
 * @returns null: it cannot be made again as it was (what is known of then differs, or quotas, pins or caps took part), so
 *   that what the change would have made of it is not known either
 */
export function replayedChoice(
  scene: Scene,
  { before, after, surface }: SceneSetting & { readonly surface: Surface },
  { at, state, searches, page, reward }: LoggedChoice,
): ReplayedChoice | null {
  const then = { ...scene, now: at };
  const asked = { surface, now: at };
  const counted = inputsOf(then, scene.rules.before, before, asked, { state, searches });
  if (isPlacing(counted.rules)) return null;
  const scored = scoreCatalogue(counted);
  const first = page.shownIds.length;
  const old = shownChances(counted, scored, first);
  const positions = (ids: readonly string[]) => ids.map((id) => scene.index.positionById.get(id) ?? -1);
  if (!areSameFirst(positions(page.sureIds), old.sure, first)) return null;
  const tried = inputsOf(then, scene.rules.after, after, asked, { state, searches });
  const drafted = shownChances(tried, scoredAgain(counted, tried, scored), first).bySet;
  const chanceOf = (set: string) => drafted.get(set) ?? 0;
  const sets = [...new Set([...old.bySet.keys(), ...drafted.keys()])];
  return {
    reward,
    loggedPropensity: page.propensity,
    targetPropensity: Math.min(1, chanceOf(setOf(positions(page.shownIds)))),
    isChanged: sets.some((set) => Math.abs(chanceOf(set) - (old.bySet.get(set) ?? 0)) > ROUNDING),
    support: [...old.bySet.keys()].reduce((sum, set) => sum + chanceOf(set), 0),
  };
}

/** Whether all is the same that chance works on: which courses are sure of their place, and which one may give way. */
function areSameFirst(logged: readonly number[], made: readonly number[], first: number): boolean {
  const sureSet = (list: readonly number[]) => setOf(list.slice(0, first - 1));
  return logged[first - 1] === made[first - 1] && sureSet(logged) === sureSet(made);
}

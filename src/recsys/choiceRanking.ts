import { CholeskyDecomposition, Matrix } from 'ml-matrix';

/** What one learner could have taken up, and what of it they did. */
export interface ChoiceGroup {
  /** Row-major, one row a course; the same width in every group. */
  readonly features: Float64Array;
  /** 1: taken up, 0: not. At least one row of each kind. */
  readonly isWanted: Uint8Array;
  /** How many courses each row stands for, above 0: more than 1 where others like it were not drawn. Wanted rows: 1. */
  readonly standsFor: Float64Array;
}

/** What weights are without evidence, and how much evidence it takes to move them. */
export interface WeightPrior {
  /** One per feature, at least 0. */
  readonly weights: Float64Array;
  /** λ, above 0: at 1, a weight that is 1 away costs half a unit of mean loss. */
  readonly strength: number;
}

export interface ChoiceFit {
  /** One per feature, at least 0. */
  readonly weights: Float64Array;
  /** Mean loss at the weights, without the prior's share. */
  readonly loss: number;
  /** Newton steps that were taken. */
  readonly steps: number;
}

/** Steps of the projected gradient under this, in units of the weights, end the fit. */
const TOLERANCE = 1e-9;
const MOST_STEPS = 200;
const MOST_HALVINGS = 40;
/** Share of the decrease that the gradient promises which a step must bring (Armijo). */
const SUFFICIENT = 1e-4;
/** Share of the objective that its own rounding may come to: no search can follow a decrease below it. */
const ROUNDING = 1e-13;

/**
 * Weights of a linear score under which what was taken up is what would be chosen: the least of
 *
 * `mean over groups of mean over wanted rows of log(1 + Σ_j n_j exp(w·(x_j − x_wanted))) + λ/2 ‖w − w0‖²`, `w ≥ 0`,
 *
 * with j over the rows that were not taken up and n_j the courses that row j stands for: the conditional logit of
 * McFadden (1974, eq. 12), each choice beside what was left alone. For one other row it is the pair loss of RankNet
 * (Burges et al. 2005, eq. 3); over all of them, unlike a mean of pairs, it weighs most what stands at the top, and so
 * bounds NDCG (Bruch et al. 2019, theorem 1). The penalty pulls towards a prior w0: without evidence, and for a feature
 * that never differs within a group, the prior stays. Every group counts the same. Strictly convex, so there is one
 * least; it is found by projected Newton steps (Bertsekas 1982), the same for equal input.
 *
 * Rows may be drawn as long as `standsFor` makes up for it: with the best of some ranking among them and nothing made up,
 * that ranking would seem to speak against what people want.
 *
 * @param groups any number; without any the prior is returned
 * @returns weights of the length of the prior's
 * @throws RangeError when a length does not fit, a number is not finite, a group lacks rows of either kind, or the prior
 *   is out of range
 */
export function fitChoices(groups: readonly ChoiceGroup[], prior: WeightPrior): ChoiceFit {
  assertPrior(prior);
  for (const group of groups) assertGroup(group, prior.weights.length);
  const telling = tellingFeatures(groups, prior.weights.length);
  const { weights, loss, steps } = descendToLeast(
    groups.map((group) => withFeatures(group, telling, prior.weights.length)),
    { ...prior, weights: Float64Array.from(telling, (k) => prior.weights[k]!) },
  );
  const all = prior.weights.slice();
  telling.forEach((k, place) => {
    all[k] = weights[place]!;
  });
  return { weights: all, loss, steps };
}

function descendToLeast(groups: readonly ChoiceGroup[], prior: WeightPrior): ChoiceFit {
  let at = evaluate(groups, prior.weights, prior);
  for (let steps = 0; ; steps++) {
    if (steps === MOST_STEPS || stepLength(at) < TOLERANCE) return { weights: at.weights, loss: at.loss, steps };
    const next = descend(groups, prior, at);
    // What is left to gain is below the rounding of the objective.
    if (next === null) return { weights: at.weights, loss: at.loss, steps };
    at = next;
  }
}

/** Features that differ within some group: the others have nothing to say, and would only cost time. */
function tellingFeatures(groups: readonly ChoiceGroup[], width: number): number[] {
  const differs = ({ features }: ChoiceGroup, k: number): boolean => {
    for (let at = k + width; at < features.length; at += width) if (features[at] !== features[k]) return true;
    return false;
  };
  return Array.from({ length: width }, (_, k) => k).filter((k) => groups.some((group) => differs(group, k)));
}

/** The group with some of its features, each less its mean in the group, which changes no choice and saves digits. */
function withFeatures(
  { features, isWanted, standsFor }: ChoiceGroup,
  kept: readonly number[],
  width: number,
): ChoiceGroup {
  const rows = isWanted.length;
  const own = new Float64Array(rows * kept.length);
  kept.forEach((k, place) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += features[row * width + k]!;
    for (let row = 0; row < rows; row++) own[row * kept.length + place] = features[row * width + k]! - sum / rows;
  });
  return { features: own, isWanted, standsFor };
}

/**
 * Mean over groups of the mean loss: what `fitChoices` lessens, without the prior's share.
 *
 * @returns 0 without groups; log(1 + courses not taken up) for a score that tells nothing apart
 * @throws RangeError as `fitChoices` does
 */
export function choiceLoss(groups: readonly ChoiceGroup[], weights: Float64Array): number {
  let sum = 0;
  for (const group of groups) {
    assertGroup(group, weights.length);
    sum += addGroup(group, weights, null, null);
  }
  return groups.length === 0 ? 0 : sum / groups.length;
}

export interface ChosenFit extends ChoiceFit {
  /** Place of the prior among those that could be chosen. */
  readonly chosen: number;
  /** Mean loss on groups that were left out of the fit, one per prior. */
  readonly heldOutLosses: Float64Array;
}

/**
 * The fit under the prior that does best for groups that a fit has not seen: each fold of the groups is left out in turn
 * and the loss of its groups is averaged over all (Stone 1974). Group i is in fold `i mod folds`, so shuffle them
 * where their order tells something. The first of equally good priors is taken; put the strongest first.
 *
 * @param priors at least one
 * @param folds at least 2, at most as many as groups
 * @throws RangeError when there are too few priors, folds or groups, and as `fitChoices` does
 */
export function fitWithBestPrior(
  groups: readonly ChoiceGroup[],
  priors: readonly WeightPrior[],
  folds: number,
): ChosenFit {
  if (priors.length === 0) throw new RangeError('There must be at least one prior to choose from.');
  if (!Number.isSafeInteger(folds) || folds < 2 || folds > groups.length) {
    throw new RangeError(`folds must be from 2 to the ${groups.length} groups, not ${folds}.`);
  }
  const heldOutLosses = Float64Array.from(priors, (prior) => {
    let sum = 0;
    for (let fold = 0; fold < folds; fold++) {
      const heldOut = groups.filter((_, g) => g % folds === fold);
      const { weights } = fitChoices(
        groups.filter((_, g) => g % folds !== fold),
        prior,
      );
      sum += choiceLoss(heldOut, weights) * heldOut.length;
    }
    return sum / groups.length;
  });
  const chosen = heldOutLosses.reduce((best, loss, p) => (loss < heldOutLosses[best]! ? p : best), 0);
  return { ...fitChoices(groups, priors[chosen]!), chosen, heldOutLosses };
}

/** The objective and its derivatives at some weights. */
interface Point {
  readonly weights: Float64Array;
  readonly loss: number;
  readonly objective: number;
  readonly gradient: Float64Array;
  /** Row-major, symmetric to the last bit. */
  readonly hessian: Float64Array;
}

function evaluate(groups: readonly ChoiceGroup[], weights: Float64Array, prior: WeightPrior): Point {
  const width = weights.length;
  const gradient = new Float64Array(width);
  const hessian = new Float64Array(width * width);
  let loss = 0;
  for (const group of groups) loss += addGroup(group, weights, gradient, hessian);
  const share = groups.length === 0 ? 0 : 1 / groups.length;
  loss *= share;
  for (let a = 0; a < width; a++) {
    gradient[a] = share * gradient[a]! + prior.strength * (weights[a]! - prior.weights[a]!);
    for (let b = 0; b <= a; b++) {
      const value = share * hessian[a * width + b]! + (a === b ? prior.strength : 0);
      hessian[a * width + b] = value;
      hessian[b * width + a] = value;
    }
  }
  return { weights, loss, objective: loss + penalty(weights, prior), gradient, hessian };
}

function objectiveAt(groups: readonly ChoiceGroup[], weights: Float64Array, prior: WeightPrior): number {
  let sum = 0;
  for (const group of groups) sum += addGroup(group, weights, null, null);
  return (groups.length === 0 ? 0 : sum / groups.length) + penalty(weights, prior);
}

function penalty(weights: Float64Array, prior: WeightPrior): number {
  return weights.reduce((sum, weight, k) => sum + (prior.strength / 2) * (weight - prior.weights[k]!) ** 2, 0);
}

/** Mean loss of a group; its derivatives are added to `gradient` and the lower half of `hessian`. */
function addGroup(
  { features, isWanted, standsFor }: ChoiceGroup,
  weights: Float64Array,
  gradient: Float64Array | null,
  hessian: Float64Array | null,
): number {
  const width = weights.length;
  const rows = isWanted.length;
  const masses = new Float64Array(rows);
  let highest = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < rows; row++) {
    let score = 0;
    for (let k = 0; k < width; k++) score += weights[k]! * features[row * width + k]!;
    masses[row] = score;
    highest = Math.max(highest, score);
  }
  // Scores become chances, up to a factor that cancels out and keeps them from overflowing.
  let wantedCount = 0;
  let others = 0;
  let scoresOfWanted = 0;
  for (let row = 0; row < rows; row++) {
    const above = masses[row]! - highest;
    masses[row] = standsFor[row]! * Math.exp(above);
    if (isWanted[row] === 0) others += masses[row]!;
    else {
      wantedCount += 1;
      scoresOfWanted += above;
    }
  }
  let loss = -scoresOfWanted;
  for (let row = 0; row < rows; row++) if (isWanted[row] === 1) loss += Math.log(masses[row]! + others);
  if (gradient !== null && hessian !== null) {
    addDerivatives({ features, isWanted, masses, others, share: 1 / wantedCount }, gradient, hessian);
  }
  return loss / wantedCount;
}

interface WeighedGroup {
  readonly features: Float64Array;
  readonly isWanted: Uint8Array;
  /** Unnormalised chances of the rows, and their sum over those not taken up. */
  readonly masses: Float64Array;
  readonly others: number;
  /** What each choice counts. */
  readonly share: number;
}

/**
 * Each choice is among its own row and the others: the gradient is the mean of the features under the chances less those
 * of the choice, the Hessian their covariance.
 */
function addDerivatives(
  { features, isWanted, masses, others, share }: WeighedGroup,
  gradient: Float64Array,
  hessian: Float64Array,
): void {
  const width = gradient.length;
  const sumOfOthers = new Float64Array(width);
  let shareOfOthers = 0;
  for (let row = 0; row < isWanted.length; row++) {
    if (isWanted[row] === 1) shareOfOthers += share / (masses[row]! + others);
    else for (let k = 0; k < width; k++) sumOfOthers[k]! += masses[row]! * features[row * width + k]!;
  }
  const mean = new Float64Array(width);
  for (let row = 0; row < isWanted.length; row++) {
    const from = row * width;
    const own = masses[row]!;
    if (isWanted[row] === 0) {
      addOuter(hessian, features, from, width, shareOfOthers * own);
      continue;
    }
    const total = own + others;
    for (let k = 0; k < width; k++) {
      mean[k] = (own * features[from + k]! + sumOfOthers[k]!) / total;
      gradient[k]! += share * (mean[k]! - features[from + k]!);
    }
    addOuter(hessian, features, from, width, (share * own) / total);
    addOuter(hessian, mean, 0, width, -share);
  }
}

/** Adds a multiple of the outer product of a row with itself to the lower half. */
function addOuter(into: Float64Array, rows: Float64Array, from: number, width: number, factor: number): void {
  for (let a = 0; a < width; a++) {
    const scaled = factor * rows[from + a]!;
    if (scaled === 0) continue;
    for (let b = 0; b <= a; b++) into[a * width + b]! += scaled * rows[from + b]!;
  }
}

/** How far the projected gradient would move the weights; 0 at the least. */
function stepLength({ weights, gradient }: Point): number {
  return weights.reduce((most, weight, k) => Math.max(most, Math.abs(weight - Math.max(0, weight - gradient[k]!))), 0);
}

/** A point with less of the objective, along the projected Newton direction; null: none that rounding could tell. */
function descend(groups: readonly ChoiceGroup[], prior: WeightPrior, at: Point): Point | null {
  const { weights, gradient, objective } = at;
  // Weights at the bound that want to go beyond it stay out of the Newton system, or the step need not descend.
  const margin = Math.min(1e-6, stepLength(at));
  const isHeld = weights.map((weight, k) => (weight <= margin && gradient[k]! > 0 ? 1 : 0));
  const direction = newtonDirection(at, isHeld);
  const rounding = ROUNDING * Math.max(1, Math.abs(objective));
  let length = 1;
  for (let halving = 0; halving < MOST_HALVINGS; halving++, length /= 2) {
    const next = weights.map((weight, k) => Math.max(0, weight + length * direction[k]!));
    const promised = next.reduce(
      (sum, value, k) =>
        sum + (isHeld[k] === 1 ? gradient[k]! * (weights[k]! - value) : -length * gradient[k]! * direction[k]!),
      0,
    );
    if (promised <= rounding) return length === 1 ? ifMuchNearer(evaluate(groups, next, prior), at) : null;
    const gained = objective - objectiveAt(groups, next, prior);
    if (gained >= SUFFICIENT * promised) return evaluate(groups, next, prior);
  }
  return null;
}

/** Where the objective can no longer tell which point is better, the gradient still can. */
function ifMuchNearer(next: Point, at: Point): Point | null {
  return stepLength(next) <= stepLength(at) / 2 ? next : null;
}

/** `−H⁻¹g` over the weights that are free, the negative gradient over those that are held at the bound. */
function newtonDirection({ gradient, hessian }: Point, isHeld: Float64Array): Float64Array {
  const width = gradient.length;
  const free = Array.from(gradient.keys()).filter((k) => isHeld[k] === 0);
  const direction = gradient.map((slope) => -slope);
  if (free.length === 0) return direction;
  const system = new Matrix(free.map((a) => free.map((b) => hessian[a * width + b]!)));
  const right = Matrix.columnVector(free.map((k) => -gradient[k]!));
  const solved = new CholeskyDecomposition(system).solve(right);
  free.forEach((k, place) => {
    direction[k] = solved.get(place, 0);
  });
  return direction;
}

function assertPrior({ weights, strength }: WeightPrior): void {
  if (!(strength > 0 && Number.isFinite(strength))) {
    throw new RangeError(`The strength of a prior must be above 0 and finite, not ${strength}.`);
  }
  for (const weight of weights) {
    if (!(weight >= 0 && Number.isFinite(weight)))
      throw new RangeError(`A prior weight must be at least 0: ${weight}.`);
  }
}

function assertGroup({ features, isWanted, standsFor }: ChoiceGroup, width: number): void {
  if (standsFor.length !== isWanted.length) {
    throw new RangeError(`${isWanted.length} rows stand for ${standsFor.length} numbers of courses.`);
  }
  for (const [row, count] of standsFor.entries()) {
    if (!(count > 0 && Number.isFinite(count)) || (isWanted[row] === 1 && count !== 1)) {
      throw new RangeError(`A row must stand for more than 0 courses, a wanted one for itself, not for ${count}.`);
    }
  }
  if (features.length !== width * isWanted.length) {
    throw new RangeError(`${isWanted.length} rows of ${width} features need another length than ${features.length}.`);
  }
  for (const value of features) if (!Number.isFinite(value)) throw new RangeError(`A feature is ${value}.`);
  let wantedCount = 0;
  for (const flag of isWanted) {
    if (flag > 1) throw new RangeError(`A row is wanted (1) or not (0), not ${flag}.`);
    wantedCount += flag;
  }
  if (wantedCount === 0 || wantedCount === isWanted.length) {
    throw new RangeError('A group needs a row that was taken up and one that was not.');
  }
}

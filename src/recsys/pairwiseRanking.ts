import { CholeskyDecomposition, Matrix } from 'ml-matrix';

/** What one learner could have taken up, and what of it they did. */
export interface RankingGroup {
  /** Row-major, one row a course; the same width in every group. */
  readonly features: Float64Array;
  /** 1: taken up, 0: not. At least one row of each kind. */
  readonly isWanted: Uint8Array;
}

/** What weights are without evidence, and how much evidence it takes to move them. */
export interface WeightPrior {
  /** One per feature, at least 0. */
  readonly weights: Float64Array;
  /** λ, above 0: at 1 a weight that is 1 away costs as much as half a unit of mean loss. */
  readonly strength: number;
}

export interface PairwiseFit {
  /** One per feature, at least 0. */
  readonly weights: Float64Array;
  /** Mean pair loss at the weights, without the prior's share. */
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

/**
 * Weights of a linear score under which what was taken up comes before what was not: the least of
 *
 * `mean over groups of mean over pairs of log(1 + exp(−w·(x_wanted − x_other))) + λ/2 ‖w − w0‖²`, `w ≥ 0`,
 *
 * the pair loss of RankNet (Burges et al. 2005, eq. 3) with the regularisation of BPR (Rendle et al. 2009, eq. 4), here
 * towards a prior w0 instead of 0: without evidence, and for a feature that never differs within a group, the prior
 * stays. Every group counts the same, however many pairs it has. Strictly convex, so there is one least; it is found by
 * projected Newton steps (Bertsekas 1982), the same for equal input.
 *
 * @param groups any number; without any the prior is returned
 * @returns weights of the length of the prior's
 * @throws RangeError when a length does not fit, a number is not finite, a group lacks rows of either kind, or the prior
 *   is out of range
 */
export function fitPairwiseRanking(groups: readonly RankingGroup[], prior: WeightPrior): PairwiseFit {
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

function descendToLeast(groups: readonly RankingGroup[], prior: WeightPrior): PairwiseFit {
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
function tellingFeatures(groups: readonly RankingGroup[], width: number): number[] {
  const differs = ({ features }: RankingGroup, k: number): boolean => {
    for (let at = k + width; at < features.length; at += width) if (features[at] !== features[k]) return true;
    return false;
  };
  return Array.from({ length: width }, (_, k) => k).filter((k) => groups.some((group) => differs(group, k)));
}

function withFeatures({ features, isWanted }: RankingGroup, kept: readonly number[], width: number): RankingGroup {
  if (kept.length === width) return { features, isWanted };
  const own = new Float64Array(isWanted.length * kept.length);
  for (let row = 0; row < isWanted.length; row++) {
    kept.forEach((k, place) => {
      own[row * kept.length + place] = features[row * width + k]!;
    });
  }
  return { features: own, isWanted };
}

/**
 * Mean over groups of the mean pair loss: what `fitPairwiseRanking` lessens, without the prior's share.
 *
 * @returns 0 without groups; log 2 for a score that tells nothing apart
 * @throws RangeError as `fitPairwiseRanking` does
 */
export function pairLoss(groups: readonly RankingGroup[], weights: Float64Array): number {
  let sum = 0;
  for (const group of groups) {
    assertGroup(group, weights.length);
    sum += addGroup(group, weights, null, null);
  }
  return groups.length === 0 ? 0 : sum / groups.length;
}

export interface ChosenFit extends PairwiseFit {
  /** Place of the prior among those that could be chosen. */
  readonly chosen: number;
  /** Mean pair loss on groups that were left out of the fit, one per prior. */
  readonly heldOutLosses: Float64Array;
}

/**
 * The fit under the prior that does best for groups that a fit has not seen: each fold of the groups is left out in turn
 * and the pair loss of its groups is averaged over all (Stone 1974). Group i is in fold `i mod folds`, so shuffle them
 * where their order tells something. The first of equally good priors is taken; put the strongest first.
 *
 * @param priors at least one
 * @param folds at least 2, at most as many as groups
 * @throws RangeError when there are too few priors, folds or groups, and as `fitPairwiseRanking` does
 */
export function fitWithBestPrior(
  groups: readonly RankingGroup[],
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
      const { weights } = fitPairwiseRanking(
        groups.filter((_, g) => g % folds !== fold),
        prior,
      );
      sum += pairLoss(heldOut, weights) * heldOut.length;
    }
    return sum / groups.length;
  });
  const chosen = heldOutLosses.reduce((best, loss, p) => (loss < heldOutLosses[best]! ? p : best), 0);
  return { ...fitPairwiseRanking(groups, priors[chosen]!), chosen, heldOutLosses };
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

function evaluate(groups: readonly RankingGroup[], weights: Float64Array, prior: WeightPrior): Point {
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

function objectiveAt(groups: readonly RankingGroup[], weights: Float64Array, prior: WeightPrior): number {
  let sum = 0;
  for (const group of groups) sum += addGroup(group, weights, null, null);
  return (groups.length === 0 ? 0 : sum / groups.length) + penalty(weights, prior);
}

function penalty(weights: Float64Array, prior: WeightPrior): number {
  return weights.reduce((sum, weight, k) => sum + (prior.strength / 2) * (weight - prior.weights[k]!) ** 2, 0);
}

/** Mean pair loss of a group; its derivatives are added to `gradient` and the lower half of `hessian`. */
function addGroup(
  { features, isWanted }: RankingGroup,
  weights: Float64Array,
  gradient: Float64Array | null,
  hessian: Float64Array | null,
): number {
  const width = weights.length;
  const rows = isWanted.length;
  const scores = new Float64Array(rows);
  let wantedCount = 0;
  for (let row = 0; row < rows; row++) {
    let score = 0;
    for (let k = 0; k < width; k++) score += weights[k]! * features[row * width + k]!;
    scores[row] = score;
    wantedCount += isWanted[row]!;
  }
  const share = 1 / (wantedCount * (rows - wantedCount));
  const difference = new Float64Array(width);
  let loss = 0;
  for (let wanted = 0; wanted < rows; wanted++) {
    if (isWanted[wanted] === 0) continue;
    for (let other = 0; other < rows; other++) {
      if (isWanted[other] === 1) continue;
      const margin = scores[wanted]! - scores[other]!;
      // Written so that neither end overflows.
      const tail = Math.exp(-Math.abs(margin));
      loss += Math.log1p(tail) + Math.max(0, -margin);
      if (gradient === null || hessian === null) continue;
      const wrong = (margin > 0 ? tail : 1) / (1 + tail);
      const slope = share * wrong;
      const curvature = slope * (1 - wrong);
      for (let a = 0; a < width; a++) {
        const apart = features[wanted * width + a]! - features[other * width + a]!;
        difference[a] = apart;
        if (apart === 0) continue;
        gradient[a]! -= slope * apart;
        const scaled = curvature * apart;
        for (let b = 0; b <= a; b++) hessian[a * width + b]! += scaled * difference[b]!;
      }
    }
  }
  return loss * share;
}

/** How far the projected gradient would move the weights; 0 at the least. */
function stepLength({ weights, gradient }: Point): number {
  return weights.reduce((most, weight, k) => Math.max(most, Math.abs(weight - Math.max(0, weight - gradient[k]!))), 0);
}

/** A point with less of the objective, along the projected Newton direction; null: none that rounding could tell. */
function descend(groups: readonly RankingGroup[], prior: WeightPrior, at: Point): Point | null {
  const { weights, gradient, objective } = at;
  // Weights at the bound that want to go beyond it stay out of the Newton system, or the step need not descend.
  const margin = Math.min(1e-6, stepLength(at));
  const isHeld = weights.map((weight, k) => (weight <= margin && gradient[k]! > 0 ? 1 : 0));
  const direction = newtonDirection(at, isHeld);
  let length = 1;
  for (let halving = 0; halving < MOST_HALVINGS; halving++, length /= 2) {
    const next = weights.map((weight, k) => Math.max(0, weight + length * direction[k]!));
    const promised = next.reduce(
      (sum, value, k) =>
        sum + (isHeld[k] === 1 ? gradient[k]! * (weights[k]! - value) : -length * gradient[k]! * direction[k]!),
      0,
    );
    const gained = objective - objectiveAt(groups, next, prior);
    if (gained > 0 && gained >= SUFFICIENT * promised) return evaluate(groups, next, prior);
  }
  return null;
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

function assertGroup({ features, isWanted }: RankingGroup, width: number): void {
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

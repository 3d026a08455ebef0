import type { LearnerView } from './learnerView.js';
import { ATTRIBUTES, type AttributeColumn, type AttributeName, type ServingIndex } from './servingIndex.js';

/** How many average interactions it takes until what a learner did outweighs what is usual. */
const PRIOR_STRENGTH = 5;
/** A learner who only ever took one kind of thing is not taken to hate all others. */
const MOST_FIT = 3;

const sharesOf = new WeakMap<AttributeColumn, Float64Array>();

/**
 * How much more of each value of each attribute the learner's history holds than the catalogue does, as a shrunk
 * logarithm of the ratio: `log((m_v + κ p_v) / ((m + κ) p_v))`, with m_v the positive confidence in courses of value v
 * (what was completed counts most, what was given up counts little), p_v the catalogue's share and κ 5 interactions.
 * 0: as usual, or not said.
 *
 * @returns by attribute, by index into its values, −3 to 3; null without a history
 */
export function attributeFit(
  index: ServingIndex,
  { isPersonal, wanted }: LearnerView,
): Readonly<Record<AttributeName, Float64Array>> | null {
  if (!isPersonal || wanted.length === 0) return null;
  const tables = ATTRIBUTES.map((name) => [name, fitTable(index.attributes[name], wanted)] as const);
  return Object.fromEntries(tables) as Record<AttributeName, Float64Array>;
}

function fitTable(column: AttributeColumn, wanted: LearnerView['wanted']): Float64Array {
  const shares = catalogueShares(column);
  /** Positive confidence in each value, then how it fits. */
  const masses = new Float64Array(shares.length);
  let total = 0;
  for (const { position, confidence } of wanted) {
    const value = column.indices[position] as number;
    if (value === 0) continue;
    masses[value]! += confidence;
    total += confidence;
  }
  const fitOf = (mass: number, share: number): number => {
    const ratio = Math.log((mass + PRIOR_STRENGTH * share) / ((total + PRIOR_STRENGTH) * share));
    return Math.max(-MOST_FIT, Math.min(MOST_FIT, ratio));
  };
  // Of what they took nothing of, the share says nothing: most values, one logarithm.
  const untaken = fitOf(0, 1);
  for (let value = 0; value < masses.length; value++) {
    const share = shares[value]!;
    const mass = masses[value]!;
    if (value === 0 || share === 0 || total === 0) masses[value] = 0;
    else masses[value] = mass === 0 ? untaken : fitOf(mass, share);
  }
  return masses;
}

/** Share of each value among the courses that say. */
function catalogueShares(column: AttributeColumn): Float64Array {
  const known = sharesOf.get(column);
  if (known !== undefined) return known;
  const counts = new Float64Array(column.values.length);
  for (const value of column.indices) counts[value]! += 1;
  const said = column.indices.length - (counts[0] as number);
  const shares = counts.map((count, value) => (value === 0 || said === 0 ? 0 : count / said));
  sharesOf.set(column, shares);
  return shares;
}

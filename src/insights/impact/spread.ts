import { LEAST_UNLIKE, unlikeCount } from '../../stats/meanSequence.js';
import type { Proportion } from '../../stats/proportions.js';
import { surely } from './blur.js';
import type { Arm, StudiedMetric, Study } from './study.js';

/** Whether figures are zeros and ones, of which few suffice: the figure of a team is a mean of its people's. */
export const isYesOrNo = ({
  metric,
  unit,
}: {
  readonly metric: Pick<StudiedMetric, 'kind'>;
  readonly unit: Study['unit'];
}): boolean => metric.kind === 'YES_OR_NO' && unit === 'LEARNER';

/** Of zeros and ones. */
export const proportionOf = (figures: Float64Array): Proportion => ({
  successes: figures.reduce((sum, figure) => sum + (figure > 0 ? 1 : 0), 0),
  trials: figures.length,
});

/**
 * Whether the spread of these sides may be judged by: see `LEAST_UNLIKE`.
 *
 * @param figuresOf the figures of a side that it is asked of
 */
export const haveSpread = <A extends Pick<Arm, 'outcomes' | 'blur'>>(
  sides: readonly A[],
  figuresOf: (side: A) => ArrayLike<number> = ({ outcomes }) => outcomes,
): boolean => sides.every((side) => surely(unlikeCount(figuresOf(side)), side.blur) >= LEAST_UNLIKE);

/** By how much each unit changed since before. */
export const changesOf = ({ outcomes, before }: Pick<Arm, 'outcomes' | 'before'>): Float64Array =>
  outcomes.map((after, i) => after - (before?.[i] ?? 0));

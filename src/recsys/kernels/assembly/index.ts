// What the compiled module offers; `../module.ts` types it. Addresses are bytes in the one shared memory. The functions
// that begin with `first`, `end` and `scratch` are what threads take chunks of: units `first` to `end`, half open, with
// memory of their own.

export { exactScratchBytes, solveRowsExactly } from './exactSolve';
export { gradientScratchBytes, solveRowsByGradients } from './gradientSolve';
export { blockGramians } from './gramian';
export { itemGramianRows, mirrorUpper, sweepPivotRows, sweepTiles } from './itemGramian';
export { sumRows } from './rowSums';
export { scoreRows, turnRows, turnScratchBytes } from './rows';
export { topKFloat32, topKFloat64 } from './topK';

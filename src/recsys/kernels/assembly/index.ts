// What the compiled module offers; `kernelModule.ts` types it. Addresses are bytes in the one shared memory.
export { blockGramians } from './gramian';
export { itemGramianRows, mirrorUpper, sweepPivotRows, sweepTiles } from './itemGramian';

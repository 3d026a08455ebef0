import type { Engine } from './engine.js';
import { openPlainAls } from './plainAls.js';
import { openPlainItemGramian } from './plainItemGramian.js';

/**
 * The engine of plain TypeScript on the caller's thread, with sums in float64: runs everywhere, and is what the kernels
 * are held to.
 *
 * @param reason why it is this one, to follow "Plain TypeScript on one thread, "
 */
export function createPlainEngine(reason: string): Engine {
  return {
    kind: 'plain',
    threads: 1,
    description: `Plain TypeScript on one thread, ${reason}`,
    openAls: openPlainAls,
    openItemGramian: openPlainItemGramian,
    close: () => Promise.resolve(),
  };
}

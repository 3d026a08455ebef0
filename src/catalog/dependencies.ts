/** Who depends on whom, kept free of cycles: an edge that would close one is refused. */
export class Dependencies {
  readonly #targets = new Map<string, readonly string[]>();

  constructor(edges: Iterable<readonly [from: string, to: string]>) {
    const targets = new Map<string, string[]>();
    for (const [from, to] of edges) {
      const known = targets.get(from);
      if (known === undefined) targets.set(from, [to]);
      else known.push(to);
    }
    this.#targets = targets;
  }

  /**
   * Replaces what `node` depends on.
   *
   * @returns null, or the cycle that this would close, beginning and ending with `node`; then nothing changes
   */
  replace(node: string, targets: readonly string[]): readonly string[] | null {
    for (const target of targets) {
      const path = target === node ? [node] : this.#path(target, node);
      if (path !== null) return [node, ...path];
    }
    this.#targets.set(node, targets);
    return null;
  }

  /** A way from one node to another, both ends included; null when there is none. */
  #path(from: string, to: string): string[] | null {
    const cameFrom = new Map<string, string | null>([[from, null]]);
    const open = [from];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      for (const next of this.#targets.get(node) ?? []) {
        if (cameFrom.has(next)) continue;
        cameFrom.set(next, node);
        if (next === to) {
          const path = [next];
          for (let back: string | null = node; back !== null; back = cameFrom.get(back) ?? null) path.unshift(back);
          return path;
        }
        open.push(next);
      }
    }
    return null;
  }
}

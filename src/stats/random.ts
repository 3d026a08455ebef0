/** A stream of pseudo-random numbers; each call moves it on. Not for secrets. */
export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform integer in [0, n), for a whole n from 1 to 2^53. */
  below(n: number): number;
}

/**
 * A seeded generator: equal seeds give equal streams on every machine (xoshiro128**, Blackman & Vigna 2018; the state
 * is filled from the seed by a 32-bit mixing step, so that neighbouring seeds give unrelated streams).
 *
 * @param seed any safe integer
 * @throws RangeError when the seed is not a safe integer, or (from `below`) when n is not a whole number of at least 1
 */
export function createRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`The seed must be a safe integer, not ${seed}.`);
  let mixer = (seed ^ Math.floor(seed / 2 ** 32)) | 0;
  const mixed = (): number => {
    mixer = (mixer + 0x9e3779b9) | 0;
    let z = mixer ^ (mixer >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let s0 = mixed();
  let s1 = mixed();
  let s2 = mixed();
  let s3 = mixed();
  let spare: number | null = null;

  const bits32 = (): number => {
    const scrambled = Math.imul(s1, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = (s3 << 11) | (s3 >>> 21);
    return result >>> 0;
  };
  const uniform = (): number => ((bits32() >>> 5) * 2 ** 26 + (bits32() >>> 6)) / 2 ** 53;

  return {
    uniform,
    normal() {
      if (spare !== null) {
        const value = spare;
        spare = null;
        return value;
      }
      // Marsaglia's polar method: two normals from one point in the unit disc.
      for (;;) {
        const x = 2 * uniform() - 1;
        const y = 2 * uniform() - 1;
        const squared = x * x + y * y;
        if (squared === 0 || squared >= 1) continue;
        const factor = Math.sqrt((-2 * Math.log(squared)) / squared);
        spare = y * factor;
        return x * factor;
      }
    },
    below(n) {
      if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`below(n) needs a whole n of at least 1, not ${n}.`);
      return Math.floor(uniform() * n);
    },
  };
}

/**
 * The values in random order (Fisher & Yates), in a new array; every order is equally likely.
 *
 * @param values any length, left as it is
 */
export function shuffled<T>(values: ArrayLike<T>, random: Random): T[] {
  const result = Array.from(values);
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const held = result[i] as T;
    result[i] = result[j] as T;
    result[j] = held;
  }
  return result;
}

/** Four sums at once: `sums + a · b`, in one rounding where the machine's fused instruction may be used. */
export function multiplyAdd(a: v128, b: v128, sums: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, sums) : f32x4.add(sums, f32x4.mul(a, b));
}

/** The sum of the four lanes, in a fixed order. */
export function sumOfLanes(lanes: v128): f32 {
  const pairs = f32x4.add(lanes, v128.shuffle<f32>(lanes, lanes, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

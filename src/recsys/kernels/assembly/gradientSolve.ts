import { confidenceOf, fixedRow, hasPositive } from './cells';
import { multiplyAdd, sumOfLanes } from './lanes';

// What is left of the residual's energy when its root is the rounding of float32: further steps would follow noise.
const LEAST_ENERGY_SHARE: f32 = 1e-13;

/** Bytes of a thread's own memory for `solveRowsByGradients`: the inverse penalties, residual, direction and image. */
export function gradientScratchBytes(width: i32): usize {
  return ((<usize>width) << 2) * 4;
}

/**
 * Takes steps of conjugate gradients towards the solution of each row, from the factors that it has, preconditioned by
 * the diagonal of the penalty. The parameters are those of `solveRowsExactly`.
 *
 * @param steps at least 1
 */
export function solveRowsByGradients(
  first: i32,
  end: i32,
  scratch: usize,
  factors: usize,
  fixed: usize,
  width: i32,
  offsets: usize,
  columns: usize,
  values: usize,
  ridges: usize,
  penalties: usize,
  penalty: usize,
  steps: i32,
): void {
  const rowBytes = (<usize>width) << 2;
  const inverses = scratch;
  const residual = inverses + rowBytes;
  const direction = residual + rowBytes;
  const image = direction + rowBytes;
  for (let row = first; row < end; row++) {
    const start = load<u32>(offsets + ((<usize>row) << 2));
    const count = <i32>(load<u32>(offsets + ((<usize>row) << 2), 4) - start);
    const ownColumns = columns + ((<usize>start) << 2);
    const ownValues = values === 0 ? <usize>0 : values + ((<usize>start) << 2);
    const x = factors + <usize>row * rowBytes;
    if (!hasPositive(ownValues, count)) {
      memory.fill(x, 0, rowBytes);
      continue;
    }
    const ridge = load<f32>(ridges + ((<usize>row) << 2));
    const ridgeLanes = f32x4.splat(ridge);

    // residual = b − A x, and the first direction from it.
    applyPenalty(penalties, penalty, ridge, rowBytes, x, image);
    for (let o: usize = 0; o < rowBytes; o += 16) v128.store(residual + o, f32x4.neg(v128.load(image + o)));
    addCells(fixed, rowBytes, ownColumns, ownValues, count, x, residual, true);
    let energies = f32x4.splat(0);
    let o: usize = 0;
    do {
      const inverse = f32x4.div(f32x4.splat(1), f32x4.add(v128.load(penalties + o), ridgeLanes));
      v128.store(inverses + o, inverse);
      const r = v128.load(residual + o);
      const z = f32x4.mul(inverse, r);
      v128.store(direction + o, z);
      energies = multiplyAdd(r, z, energies);
      o += 16;
    } while (o < rowBytes);
    let energy = sumOfLanes(energies);
    const settled = energy * LEAST_ENERGY_SHARE;
    for (let step = 0; step < steps && energy > settled; step++) {
      applyPenalty(penalties, penalty, ridge, rowBytes, direction, image);
      addCells(fixed, rowBytes, ownColumns, ownValues, count, direction, image, false);
      let curvatures = f32x4.splat(0);
      o = 0;
      do {
        curvatures = multiplyAdd(v128.load(direction + o), v128.load(image + o), curvatures);
        o += 16;
      } while (o < rowBytes);
      const curvature = sumOfLanes(curvatures);
      if (!(curvature > 0)) break;
      const length = energy / curvature;
      const along = f32x4.splat(length);
      const back = f32x4.splat(-length);
      energies = f32x4.splat(0);
      o = 0;
      do {
        v128.store(x + o, multiplyAdd(along, v128.load(direction + o), v128.load(x + o)));
        const r = multiplyAdd(back, v128.load(image + o), v128.load(residual + o));
        v128.store(residual + o, r);
        energies = multiplyAdd(r, f32x4.mul(r, v128.load(inverses + o)), energies);
        o += 16;
      } while (o < rowBytes);
      const nextEnergy = sumOfLanes(energies);
      const turn = f32x4.splat(nextEnergy / energy);
      o = 0;
      do {
        const z = f32x4.mul(v128.load(inverses + o), v128.load(residual + o));
        v128.store(direction + o, multiplyAdd(turn, v128.load(direction + o), z));
        o += 16;
      } while (o < rowBytes);
      energy = nextEnergy;
    }
  }
}

/** `out = (P + ridge I) x`. */
function applyPenalty(penalties: usize, penalty: usize, ridge: f32, rowBytes: usize, x: usize, out: usize): void {
  const ridges = f32x4.splat(ridge);
  if (penalty === 0) {
    let o: usize = 0;
    do {
      v128.store(out + o, f32x4.mul(f32x4.add(v128.load(penalties + o), ridges), v128.load(x + o)));
      o += 16;
    } while (o < rowBytes);
    return;
  }
  for (let o: usize = 0; o < rowBytes; o += 16) v128.store(out + o, f32x4.mul(ridges, v128.load(x + o)));
  let p = penalty;
  let k: usize = 0;
  do {
    const x0 = v128.load32_splat(x + k);
    const x1 = v128.load32_splat(x + k, 4);
    const x2 = v128.load32_splat(x + k, 8);
    const x3 = v128.load32_splat(x + k, 12);
    let o: usize = 0;
    do {
      const q = p + o;
      const sums = multiplyAdd(x1, v128.load(q + rowBytes), multiplyAdd(x0, v128.load(q), v128.load(out + o)));
      const more = multiplyAdd(x2, v128.load(q + 2 * rowBytes), sums);
      v128.store(out + o, multiplyAdd(x3, v128.load(q + 3 * rowBytes), more));
      o += 16;
    } while (o < rowBytes);
    p += 4 * rowBytes;
    k += 16;
  } while (k < rowBytes);
}

/**
 * `sums += Σ_j |v_j| (y_j·x) y_j`, or, for a residual, `sums += Σ_j |v_j| (p_j − y_j·x) y_j`. Four rows at a time share
 * each load of x and of the sums.
 */
function addCells(
  fixed: usize,
  rowBytes: usize,
  columns: usize,
  values: usize,
  count: i32,
  x: usize,
  sums: usize,
  isResidual: bool,
): void {
  for (let t = 0; t < count; t += 4) {
    const y0 = fixedRow(fixed, rowBytes, columns, t, count);
    const y1 = fixedRow(fixed, rowBytes, columns, t + 1, count);
    const y2 = fixedRow(fixed, rowBytes, columns, t + 2, count);
    const y3 = fixedRow(fixed, rowBytes, columns, t + 3, count);
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let o: usize = 0;
    do {
      const part = v128.load(x + o);
      s0 = multiplyAdd(part, v128.load(y0 + o), s0);
      s1 = multiplyAdd(part, v128.load(y1 + o), s1);
      s2 = multiplyAdd(part, v128.load(y2 + o), s2);
      s3 = multiplyAdd(part, v128.load(y3 + o), s3);
      o += 16;
    } while (o < rowBytes);
    const v0 = confidenceOf(values, t, count);
    const v1 = confidenceOf(values, t + 1, count);
    const v2 = confidenceOf(values, t + 2, count);
    const v3 = confidenceOf(values, t + 3, count);
    const w0 = f32x4.splat(weightOf(sumOfLanes(s0), v0, isResidual));
    const w1 = f32x4.splat(weightOf(sumOfLanes(s1), v1, isResidual));
    const w2 = f32x4.splat(weightOf(sumOfLanes(s2), v2, isResidual));
    const w3 = f32x4.splat(weightOf(sumOfLanes(s3), v3, isResidual));
    o = 0;
    do {
      const two = multiplyAdd(w1, v128.load(y1 + o), multiplyAdd(w0, v128.load(y0 + o), v128.load(sums + o)));
      v128.store(sums + o, multiplyAdd(w3, v128.load(y3 + o), multiplyAdd(w2, v128.load(y2 + o), two)));
      o += 16;
    } while (o < rowBytes);
  }
}

function weightOf(product: f32, value: f32, isResidual: bool): f32 {
  if (!isResidual) return abs<f32>(value) * product;
  return value > 0 ? value * (<f32>1 - product) : value * product;
}

import { confidenceOf, fixedRow, hasPositive, touchRows } from './cells';
import { choleskyInPlace, choleskySolveInPlace } from './cholesky';
import { addPanelGramian, PANEL_ROWS } from './gramian';
import { multiplyAdd } from './lanes';

function paddedToLanes(count: i32): i32 {
  return (count + 3) & ~3;
}

/** Bytes of a thread's own memory for `solveRowsExactly`: the scales, the weights, a panel and a system. */
export function exactScratchBytes(width: i32, longestDual: i32): usize {
  const widest = max(width, paddedToLanes(longestDual));
  return ((<usize>width) << 2) * (1 + <usize>max(PANEL_ROWS, widest)) + ((<usize>widest) << 2) * (1 + <usize>widest);
}

/**
 * Solves rows `first` to `end` (half open) with the other side held fixed; see `createRowSolver`, which does the same in
 * plain TypeScript.
 *
 * @param factors rows of the side that is solved, `width` numbers each
 * @param fixed rows of the other side
 * @param width a multiple of 4; where the fixed rows are padded, their padding is zeros and the penalties' above 0
 * @param offsets,columns,values the cells of the rows; `values` 0: all 1
 * @param ridges one per row
 * @param penalties the diagonal of the penalty, one per axis
 * @param penalty the whole penalty, `width × width`; 0: it is diagonal
 * @param longestDual rows of up to so many cells are solved in the dual; 0 unless the penalty is diagonal
 * @param isFar whether the fixed rows are too many for the caches, so that they are to be asked for ahead
 */
export function solveRowsExactly(
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
  longestDual: i32,
  isFar: bool,
): void {
  const rowBytes = (<usize>width) << 2;
  const widest = max(width, paddedToLanes(longestDual));
  const weights = scratch + rowBytes;
  const panel = weights + ((<usize>widest) << 2);
  const system = panel + rowBytes * <usize>max(PANEL_ROWS, widest);
  for (let row = first; row < end; row++) {
    const start = load<u32>(offsets + ((<usize>row) << 2));
    const count = <i32>(load<u32>(offsets + ((<usize>row) << 2), 4) - start);
    const ownColumns = columns + ((<usize>start) << 2);
    const ownValues = values === 0 ? <usize>0 : values + ((<usize>start) << 2);
    const out = factors + <usize>row * rowBytes;
    const ridge = load<f32>(ridges + ((<usize>row) << 2));
    if (!hasPositive(ownValues, count)) memory.fill(out, 0, rowBytes);
    else if (count <= longestDual) {
      solveDual(out, fixed, rowBytes, ownColumns, ownValues, count, ridge, penalties, scratch, weights, panel, system);
    } else {
      solvePrimal(out, fixed, rowBytes, ownColumns, ownValues, count, ridge, penalties, penalty, panel, system, isFar);
    }
  }
}

/** `x = D^-½ Zᵀ (I + Z Zᵀ)⁻¹ C^½ p` with `Z = C^½ Yᵤ D^-½`. */
function solveDual(
  out: usize,
  fixed: usize,
  rowBytes: usize,
  columns: usize,
  values: usize,
  count: i32,
  ridge: f32,
  penalties: usize,
  scales: usize,
  weights: usize,
  panel: usize,
  system: usize,
): void {
  const size = paddedToLanes(count);
  const stride = (<usize>size) << 2;
  const ridges = f32x4.splat(ridge);
  let o: usize = 0;
  do {
    const root = f32x4.sqrt(f32x4.add(v128.load(penalties + o), ridges));
    v128.store(scales + o, f32x4.div(f32x4.splat(1), root));
    o += 16;
  } while (o < rowBytes);

  // The panel is Z transposed, so that its Gramian is Z Zᵀ.
  for (let t = 0; t < count; t += 4) {
    const y0 = fixedRow(fixed, rowBytes, columns, t, count);
    const y1 = fixedRow(fixed, rowBytes, columns, t + 1, count);
    const y2 = fixedRow(fixed, rowBytes, columns, t + 2, count);
    const y3 = fixedRow(fixed, rowBytes, columns, t + 3, count);
    const v = f32x4(
      confidenceOf(values, t, count),
      confidenceOf(values, t + 1, count),
      confidenceOf(values, t + 2, count),
      confidenceOf(values, t + 3, count),
    );
    const roots = f32x4.sqrt(f32x4.abs(v));
    v128.store(weights + ((<usize>t) << 2), v128.and(roots, f32x4.gt(v, f32x4.splat(0))));
    let to = panel + ((<usize>t) << 2);
    o = 0;
    do {
      const scale = v128.load(scales + o);
      const a0 = f32x4.mul(v128.load(y0 + o), scale);
      const a1 = f32x4.mul(v128.load(y1 + o), scale);
      const a2 = f32x4.mul(v128.load(y2 + o), scale);
      const a3 = f32x4.mul(v128.load(y3 + o), scale);
      const b0 = v128.shuffle<f32>(a0, a1, 0, 4, 1, 5);
      const b1 = v128.shuffle<f32>(a0, a1, 2, 6, 3, 7);
      const b2 = v128.shuffle<f32>(a2, a3, 0, 4, 1, 5);
      const b3 = v128.shuffle<f32>(a2, a3, 2, 6, 3, 7);
      v128.store(to, f32x4.mul(v128.shuffle<f32>(b0, b2, 0, 1, 4, 5), roots));
      to += stride;
      v128.store(to, f32x4.mul(v128.shuffle<f32>(b0, b2, 2, 3, 6, 7), roots));
      to += stride;
      v128.store(to, f32x4.mul(v128.shuffle<f32>(b1, b3, 0, 1, 4, 5), roots));
      to += stride;
      v128.store(to, f32x4.mul(v128.shuffle<f32>(b1, b3, 2, 3, 6, 7), roots));
      to += stride;
      o += 16;
    } while (o < rowBytes);
  }

  memory.fill(system, 0, stride * <usize>size);
  for (let t: usize = 0; t < <usize>size; t++) store<f32>(system + t * (stride + 4), 1);
  addPanelGramian(panel, <i32>(rowBytes >>> 2), stride, size, system, stride);
  choleskyInPlace(system, size, stride);
  choleskySolveInPlace(system, size, stride, weights);

  // D^-½ Zᵀ w = D⁻¹ Σ_t w_t c_t^½ y_t: from the rows themselves, which are still in the cache.
  memory.fill(out, 0, rowBytes);
  for (let t = 0; t < count; t += 4) {
    const y0 = fixedRow(fixed, rowBytes, columns, t, count);
    const y1 = fixedRow(fixed, rowBytes, columns, t + 1, count);
    const y2 = fixedRow(fixed, rowBytes, columns, t + 2, count);
    const y3 = fixedRow(fixed, rowBytes, columns, t + 3, count);
    const at = weights + ((<usize>t) << 2);
    const w0 = f32x4.splat(load<f32>(at) * sqrt<f32>(abs<f32>(confidenceOf(values, t, count))));
    const w1 = f32x4.splat(load<f32>(at, 4) * sqrt<f32>(abs<f32>(confidenceOf(values, t + 1, count))));
    const w2 = f32x4.splat(load<f32>(at, 8) * sqrt<f32>(abs<f32>(confidenceOf(values, t + 2, count))));
    const w3 = f32x4.splat(load<f32>(at, 12) * sqrt<f32>(abs<f32>(confidenceOf(values, t + 3, count))));
    o = 0;
    do {
      const sums = multiplyAdd(w1, v128.load(y1 + o), multiplyAdd(w0, v128.load(y0 + o), v128.load(out + o)));
      v128.store(out + o, multiplyAdd(w3, v128.load(y3 + o), multiplyAdd(w2, v128.load(y2 + o), sums)));
      o += 16;
    } while (o < rowBytes);
  }
  o = 0;
  do {
    const scale = v128.load(scales + o);
    v128.store(out + o, f32x4.mul(v128.load(out + o), f32x4.mul(scale, scale)));
    o += 16;
  } while (o < rowBytes);
}

/** Cholesky of `P + ridge I + Yᵤᵀ C Yᵤ`. */
function solvePrimal(
  out: usize,
  fixed: usize,
  rowBytes: usize,
  columns: usize,
  values: usize,
  count: i32,
  ridge: f32,
  penalties: usize,
  penalty: usize,
  panel: usize,
  system: usize,
  isFar: bool,
): void {
  const width = <i32>(rowBytes >>> 2);
  if (penalty === 0) memory.fill(system, 0, rowBytes * <usize>width);
  else memory.copy(system, penalty, rowBytes * <usize>width);
  for (let k: usize = 0; k < <usize>width; k++) {
    store<f32>(system + k * (rowBytes + 4), load<f32>(penalties + (k << 2)) + ridge);
  }
  memory.fill(out, 0, rowBytes);
  for (let begin = 0; begin < count; begin += PANEL_ROWS) {
    const depth = min(PANEL_ROWS, count - begin);
    let to = panel;
    for (let t = begin; t < begin + depth; t += 4) {
      if (isFar) touchRows(fixed, rowBytes, columns, t + 4, count);
      const y0 = fixedRow(fixed, rowBytes, columns, t, count);
      const y1 = fixedRow(fixed, rowBytes, columns, t + 1, count);
      const y2 = fixedRow(fixed, rowBytes, columns, t + 2, count);
      const y3 = fixedRow(fixed, rowBytes, columns, t + 3, count);
      const v0 = confidenceOf(values, t, count);
      const v1 = confidenceOf(values, t + 1, count);
      const v2 = confidenceOf(values, t + 2, count);
      const v3 = confidenceOf(values, t + 3, count);
      const root0 = f32x4.splat(sqrt<f32>(abs<f32>(v0)));
      const root1 = f32x4.splat(sqrt<f32>(abs<f32>(v1)));
      const root2 = f32x4.splat(sqrt<f32>(abs<f32>(v2)));
      const root3 = f32x4.splat(sqrt<f32>(abs<f32>(v3)));
      const target0 = f32x4.splat(max<f32>(v0, 0));
      const target1 = f32x4.splat(max<f32>(v1, 0));
      const target2 = f32x4.splat(max<f32>(v2, 0));
      const target3 = f32x4.splat(max<f32>(v3, 0));
      let o: usize = 0;
      do {
        const a0 = v128.load(y0 + o);
        const a1 = v128.load(y1 + o);
        const a2 = v128.load(y2 + o);
        const a3 = v128.load(y3 + o);
        v128.store(to + o, f32x4.mul(root0, a0));
        v128.store(to + rowBytes + o, f32x4.mul(root1, a1));
        v128.store(to + 2 * rowBytes + o, f32x4.mul(root2, a2));
        v128.store(to + 3 * rowBytes + o, f32x4.mul(root3, a3));
        const sums = multiplyAdd(target1, a1, multiplyAdd(target0, a0, v128.load(out + o)));
        v128.store(out + o, multiplyAdd(target3, a3, multiplyAdd(target2, a2, sums)));
        o += 16;
      } while (o < rowBytes);
      to += 4 * rowBytes;
    }
    addPanelGramian(panel, paddedToLanes(depth), rowBytes, width, system, rowBytes);
  }
  choleskyInPlace(system, width, rowBytes);
  choleskySolveInPlace(system, width, rowBytes, out);
}

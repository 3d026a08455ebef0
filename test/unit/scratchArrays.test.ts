import { describe, expect, it } from 'vitest';
import { type Arrays, ScratchArrays } from '../../src/recommendations/pipeline/scratchArrays.js';

describe('scratch arrays', () => {
  it('are the same for one piece of work after the other, and 0 again', () => {
    const scratch = new ScratchArrays();
    const memories = [3, 3, 2].map((length) =>
      scratch.lend((arrays) => {
        const [first, second, single] = [arrays.doubles(length), arrays.doubles(length), arrays.singles(length)];
        for (const column of [first, second, single]) {
          expect([...column]).toEqual(Array(length).fill(0));
          column.fill(7);
        }
        expect(first.buffer).not.toBe(second.buffer);
        return [first.buffer, second.buffer, single.buffer];
      }),
    );
    expect(memories[1]).toEqual(memories[0]);
    expect(memories[1]?.every((buffer, i) => buffer === memories[0]?.[i])).toBe(true);
    expect(memories[2]?.every((buffer, i) => buffer === memories[0]?.[i])).toBe(true);
  });

  it('are new ones for work within work, after work that failed, and where longer ones are asked for', () => {
    const scratch = new ScratchArrays();
    const take = (arrays: Arrays, length = 4) => arrays.doubles(length).buffer;
    const [outer, inner] = scratch.lend((arrays) => [take(arrays), scratch.lend((within) => take(within))] as const);
    expect(inner).not.toBe(outer);
    expect(() =>
      scratch.lend((arrays) => {
        take(arrays);
        throw new Error('it failed');
      }),
    ).toThrow('it failed');
    expect(scratch.lend((arrays) => take(arrays))).toBe(outer);
    expect(scratch.lend((arrays) => take(arrays, 5))).not.toBe(outer);
  });

  it('are as they were left where they are to be overwritten', () => {
    const scratch = new ScratchArrays();
    const take = (arrays: Arrays) => [arrays.roughDoubles(3), arrays.roughIntegers(2)];
    scratch.lend((arrays) => {
      for (const column of take(arrays)) column.fill(7);
    });
    expect(scratch.lend((arrays) => take(arrays).map((column) => [...column]))).toEqual([
      [7, 7, 7],
      [7, 7],
    ]);
    expect(scratch.lend((arrays) => [...arrays.doubles(3)])).toEqual([0, 0, 0]);
  });
});

import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { newFolder } from '../../src/cli/demo.js';

test('a demonstration that is kept gets a folder of its own, nobody else’s', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'waymark-test-'));
  onTestFinished(() => rm(parent, { recursive: true }));
  const folder = join(parent, 'within', 'kept');
  expect(await newFolder(folder)).toBe(folder);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  await expect(newFolder(folder)).rejects.toThrow(/exists already; --keep takes a new folder/);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { TrainingStore } from '../../src/training/training.store.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { NOON, openTestApp, type TestApp } from '../support/testApp.js';

describeOnBothDatabases('a stored model', (kind) => {
  let service: TestApp;
  beforeAll(async () => {
    service = await openTestApp(kind);
  });
  afterAll(() => service.close());

  test('is read whole and in order, however many parts it comes in', async () => {
    const store = new TrainingStore(service.app.database.dataSource);
    for (const length of [1, 999_999, 1_000_000, 1_000_001, 2_500_000]) {
      // Every part differs from every other, and none is much shorter once it is compressed.
      const artifact = Buffer.from(
        Uint32Array.from({ length: Math.ceil(length / 4) }, (_, i) => i * 2_654_435_761).buffer,
      );
      const id = `m-${length}`;
      await service.sql(
        `INSERT INTO model_version (id, status, trained_at, watermark, verdict, metrics, artifact, ranking)
         VALUES ($1, 'REJECTED', $2, 7, '', '{}', $3, '{"of": "it"}')`,
        [id, NOON, artifact.subarray(0, length)],
      );
      const read = await store.artifact(id);
      expect([read?.id, read?.ranking, read?.artifact.length]).toEqual([id, { of: 'it' }, length]);
      expect(read?.artifact.equals(artifact.subarray(0, length))).toBe(true);
    }
    expect(await store.artifact('m-0')).toBeNull();
  });
});

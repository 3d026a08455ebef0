import { expect, test } from 'vitest';
import { createLabelLimit, createMetrics } from '../../src/platform/metrics.js';

test('figures come out under our prefix, each registry on its own', async () => {
  const metrics = createMetrics();
  metrics.counter({ name: 'rows_total', help: 'Rows', labels: ['kind'] }).add({ kind: 'course' }, 3);
  metrics.gauge({ name: 'models', help: 'Models' }).set({}, 2);
  metrics.gauge({ name: 'queue', help: 'Queue', read: () => 7 });
  metrics.histogram({ name: 'fit_seconds', help: 'Fit', buckets: [1, 10] }).observe({}, 4);
  const { contentType, text } = await metrics.render();
  expect(contentType).toContain('text/plain');
  for (const line of [
    'waymark_rows_total{kind="course"} 3',
    'waymark_models 2',
    'waymark_queue 7',
    'waymark_fit_seconds_bucket{le="1"} 0',
    'waymark_fit_seconds_bucket{le="10"} 1',
    'process_cpu_seconds_total',
  ]) {
    expect(text).toContain(line);
  }
  expect((await createMetrics().render()).text).not.toContain('waymark_rows_total');
});

test('a label from outside is bounded', () => {
  const label = createLabelLimit(2);
  expect(['a', 'b', 'c', 'a', 'x y', 'x'.repeat(65)].map(label)).toEqual(['a', 'b', 'other', 'a', 'other', 'other']);
});

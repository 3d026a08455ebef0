import { defineConfig } from 'vitest/config';

// The tests run the compiled files in dist/: the very code that ships, worker threads included, with types checked by
// the build that comes first. graphql 16 has no exports map, so Vite and Node would load two copies of it: point Vite at
// the one that Node uses.
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['dist/test/**/*.test.js'],
    exclude: ['node_modules/**'],
    globalSetup: ['dist/test/support/globalSetup.js'],
    testTimeout: 90_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});

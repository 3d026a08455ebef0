// Runs the import linter and refuses to believe a run that saw no modules (a known way for it to "pass").
import { spawnSync } from 'node:child_process';

const run = spawnSync(
  process.execPath,
  [
    'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
    '--config',
    '.dependency-cruiser.cjs',
    'src',
    'migrations',
  ],
  { encoding: 'utf8' },
);
process.stdout.write(run.stdout + run.stderr);
const cruised = Number(/\((\d+) modules/.exec(run.stdout)?.[1] ?? 0);
if (run.status !== 0) process.exit(run.status ?? 1);
if (cruised < 20) {
  console.error(`The import linter saw only ${cruised} modules: it did not read the TypeScript sources.`);
  process.exit(1);
}

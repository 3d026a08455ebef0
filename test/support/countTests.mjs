// Prints how many tests passed and failed according to a report of vitest, and fails when that is not a success.
import { readFileSync } from 'node:fs';

const [file = ''] = process.argv.slice(2);
let report = null;
try {
  report = JSON.parse(readFileSync(file, 'utf8'));
} catch (error) {
  console.error(`There is no report of the tests: ${error.message}`);
}
// A file that cannot even be loaded has no tests to count, and must not pass for that.
const brokenFiles = report?.testResults.filter(
  (file) => file.status !== 'passed' && file.assertionResults.length === 0,
);
const passed = report?.numPassedTests ?? 0;
const failed = (report?.numFailedTests ?? 0) + (brokenFiles?.length ?? 0);
console.log(`${passed} passed, ${failed} failed`);
process.exit(report?.success === true && failed === 0 && passed > 0 ? 0 : 1);

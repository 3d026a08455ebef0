import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * Has a request answered by a file of this folder in a process of its own, so that sending load does not hold up what is
 * measured.
 *
 * @throws Error when the process ends without an answer; what was wrong stands on its standard error
 */
export async function inOwnProcess<Request extends object, Report>(file: string, request: Request): Promise<Report> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)));
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${file} ended without a report.`);
  });
  child.send(request);
  const [report] = (await Promise.race([once(child, 'message'), ended])) as [Report];
  ended.catch(() => {}); // it may end now
  child.disconnect();
  return report;
}

/** The other side: answers the one request that this process is for. */
export function answerRequest<Request, Report>(answer: (request: Request) => Promise<Report>): void {
  process.once('message', (message) => {
    answer(message as Request).then(
      (report) => process.send?.(report),
      (error) => {
        process.stderr.write(`${error.stack}\n`);
        process.exitCode = 1;
        process.disconnect();
      },
    );
  });
}

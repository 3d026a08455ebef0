import { fileURLToPath } from 'node:url';

/** The compiled file of a worker thread that stands next to the calling module. */
export function workerFile(callerUrl: string, name: string): string {
  return fileURLToPath(new URL(`./${name}.worker.js`, callerUrl));
}

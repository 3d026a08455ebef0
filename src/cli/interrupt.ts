/** Aborted by the first Ctrl-C or request to stop; the second one ends the process as usual. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.stderr.write('\nStopping after what is under way; press Ctrl-C again to stop at once.\n');
      controller.abort();
    });
  }
  return controller.signal;
}

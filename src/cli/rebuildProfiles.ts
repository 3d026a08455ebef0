import type { ActivityService } from '../activity/activity.service.js';
import { createProgress, type ProgressStream } from '../platform/jobs/progress.js';

export const REBUILD_HELP = `Usage: waymark rebuild-profiles

Folds the profiles of all learners again from the log of their activity. Run it once after an upgrade whose profiles hold
more than before: searches, pages and sittings recorded by older versions are in no profile until then. Nothing else ever
needs it, since profiles follow the log at once.

A few learners at a time, so on a PostgreSQL server the service may go on answering and taking activity in, and a run that
was stopped can be started again. On an embedded database, stop the service first or ask it with the rebuildProfiles
mutation.
`;

/** Rebuilds in this process, showing how far it is. */
export async function rebuildWithProgress(
  activity: Pick<ActivityService, 'rebuildProfiles'>,
  signal: AbortSignal,
  stream: ProgressStream = process.stderr,
): Promise<void> {
  const progress = createProgress('Rebuilding profiles', null, stream, { unit: 'learners' });
  await activity.rebuildProfiles({
    report: ({ done, total }) => progress.update(done, total === 0 ? null : done / total),
    shouldStop: () => signal.aborted,
  });
  progress.finish();
}

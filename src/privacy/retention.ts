import { type PersonalTable, RETENTION_CLASSES, type Retention, type RetentionDays } from '../platform/personalData.js';

/** Until when rows of a class are kept, in words for the person they are about. */
export function keptInWords({ retention }: Pick<PersonalTable, 'retention'>, days: RetentionDays): string {
  const kept = retention.class === 'RECORD' || retention.class === 'CONFIGURATION' ? 0 : days[retention.class];
  if (kept > 0) return `${kept} days`;
  return retention.class === 'CONFIGURATION' ? RETENTION_CLASSES.CONFIGURATION : RETENTION_CLASSES.RECORD;
}

/** How many days rows are kept; null: they are not deleted by age. */
export function daysKept(retention: Retention, days: RetentionDays): number | null {
  if (retention.class === 'RECORD' || retention.class === 'CONFIGURATION') return null;
  return days[retention.class] === 0 ? null : days[retention.class];
}

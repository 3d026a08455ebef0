import { offsetMsAt } from '../../platform/zonedTime.js';

// Words that explanations share.

/** Who a text speaks to: the learner, or somebody who looks at the learner's list. */
export interface Whom {
  /** False: what the learner searched for is kept from the reader. */
  readonly isOwn: boolean;
  readonly subject: 'you' | 'they';
  readonly possessive: 'your' | 'their';
}

export const TO_LEARNER: Whom = { isOwn: true, subject: 'you', possessive: 'your' };
export const TO_OTHERS: Whom = { isOwn: false, subject: 'they', possessive: 'their' };

/** 1st, 2nd, 3rd, 4th, … */
export function ordinal(n: number): string {
  const lastTwo = n % 100;
  const suffix = lastTwo >= 11 && lastTwo <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${suffix}`;
}

/** “a”, “b” and “c”. */
export function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1]}`;
}

const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'] as const;

export const numberWord = (n: number): string => NUMBERS[n] ?? String(n);

export const quoted = (text: string): string => `“${text}”`;

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A day, such as 2026-06-01. */
export const dayOf = (at: Date | number, zone = 'UTC'): string => {
  const atMs = Number(at);
  return new Date(atMs + offsetMsAt(atMs, zone)).toISOString().slice(0, 10);
};

/** The day that something is due on: whatever is due at midnight is due on the day that ends then. */
export const dueDayOf = (dueAt: Date | number, zone?: string): string => dayOf(Number(dueAt) - 1, zone);

/** One fact that moved a course up this learner's list. Take the fact away and the course falls. */
export type Evidence =
  | {
      readonly kind: 'HISTORY';
      /** The course in the learner's history. */
      readonly courseId: string;
      readonly title: string;
      readonly did: 'COMPLETED' | 'STARTED' | 'SAVED' | 'LIKED' | 'VIEWED';
      /** Part of all that puts the recommended course ahead that this one carries, 0–1. */
      readonly share: number;
    }
  | {
      readonly kind: 'SKILL_GAP';
      readonly skillId: string;
      readonly skillName: string;
      readonly roleId: string;
      readonly levelBefore: number;
      readonly levelAfter: number;
      readonly targetLevel: number;
    }
  | { readonly kind: 'POPULAR'; readonly learnerCount: number }
  | { readonly kind: 'NEW'; readonly publishedAt: Date }
  | { readonly kind: 'BEGUN'; readonly progress: number }
  | { readonly kind: 'AVAILABLE' };

export type ReasonCode = Evidence['kind'];

export interface Reason {
  readonly code: ReasonCode;
  readonly text: string;
  /** The fact itself; null for AVAILABLE. */
  readonly evidence: Exclude<Evidence, { readonly kind: 'AVAILABLE' }> | null;
}

const DONE_IN_WORDS = {
  COMPLETED: 'completed',
  STARTED: 'started',
  SAVED: 'saved',
  LIKED: 'liked',
  VIEWED: 'looked at',
} as const;

/** The evidence in words for the learner. */
export function reasonOf(evidence: Evidence): Reason {
  return {
    code: evidence.kind,
    text: textOf(evidence),
    evidence: evidence.kind === 'AVAILABLE' ? null : evidence,
  };
}

function textOf(evidence: Evidence): string {
  switch (evidence.kind) {
    case 'HISTORY':
      return `Because you ${DONE_IN_WORDS[evidence.did]} “${evidence.title}”`;
    case 'SKILL_GAP':
      return (
        `Closes your gap in ${evidence.skillName} from ${evidence.levelBefore.toFixed(1)} to ` +
        `${evidence.levelAfter.toFixed(1)}; your role needs ${evidence.targetLevel.toFixed(1)}`
      );
    case 'POPULAR':
      return evidence.learnerCount === 1
        ? 'Taken up by 1 person here'
        : `Popular: taken up by ${evidence.learnerCount} people here`;
    case 'NEW':
      return `New since ${evidence.publishedAt.toISOString().slice(0, 10)}`;
    case 'BEGUN':
      return `You have begun this: ${Math.round(evidence.progress * 100)} % done`;
    case 'AVAILABLE':
      return 'In the catalogue and open to you';
  }
}

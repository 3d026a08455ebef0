import type { Obligation } from '../../learners/learner.js';
import type { AUDIENCE_KINDS, Audience } from '../../learners/trends.js';
import type { AttributeName } from './servingIndex.js';
import { dayOf, dueDayOf } from './wording.js';

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
  | {
      readonly kind: 'ROLE';
      readonly roleId: string;
      readonly roleName: string;
      readonly skillId: string;
      readonly skillName: string;
    }
  | {
      readonly kind: 'GOAL';
      readonly goalId: string;
      readonly goalName: string;
      /** ISO date: the last day. */
      readonly dueOn: string;
    }
  | {
      readonly kind: 'SEARCH';
      readonly term: string;
      readonly searchedAt: Date;
      /** The portal had found nothing for it then. */
      readonly hadNoResults: boolean;
    }
  | {
      readonly kind: 'PEERS';
      readonly audience: Audience;
      /** Of so many in the group, so many took it up. */
      readonly people: number;
      readonly groupPeople: number;
    }
  | { readonly kind: 'TRENDING'; readonly audience: Audience; readonly recentPeople: number }
  | { readonly kind: 'FIT'; readonly attribute: AttributeName; readonly value: string }
  | {
      readonly kind: 'UNLOCKS';
      /** The course that it leads to. */
      readonly courseId: string;
      readonly title: string;
      /** Courses to take before that one, this one included. */
      readonly stepCount: number;
    }
  | { readonly kind: 'POPULAR'; readonly learnerCount: number }
  | { readonly kind: 'NEW'; readonly publishedAt: Date }
  | { readonly kind: 'EXPLORATION'; readonly arrivedAt: Date }
  | { readonly kind: 'BEGUN'; readonly progress: number }
  | {
      readonly kind: 'ASSIGNED';
      readonly obligation: Obligation;
      readonly dueAt: Date | null;
      /** In which its day begins and ends. */
      readonly zone: string;
      readonly overdue: boolean;
    }
  | { readonly kind: 'SAVED'; readonly savedAt: Date }
  | { readonly kind: 'AVAILABLE' };

export type ReasonCode = Evidence['kind'];

export interface Reason {
  readonly code: ReasonCode;
  readonly text: string;
  /** The fact itself; null for AVAILABLE. */
  readonly evidence: Exclude<Evidence, { readonly kind: 'AVAILABLE' }> | null;
}

export const DONE_IN_WORDS = {
  COMPLETED: 'completed',
  STARTED: 'started',
  SAVED: 'saved',
  LIKED: 'liked',
  VIEWED: 'looked at',
} as const;

const counted = (people: number): string => (people === 1 ? '1 person' : `${people} people`);

export const WHERE: Readonly<Record<(typeof AUDIENCE_KINDS)[number], (audience: Audience) => string>> = {
  ORGANISATION: () => 'here',
  DEPARTMENT: ({ value }) => `in ${value}`,
  ROLE: () => 'in your role',
  LOCATION: ({ value }) => `in ${value}`,
};

const KIND_IN_WORDS: Readonly<Record<string, string>> = {
  COURSE: 'A course',
  VIDEO: 'A video',
  ARTICLE: 'An article',
  BOOK: 'A book',
  PODCAST: 'A podcast',
  ASSESSMENT: 'A test',
  LIVE_SESSION: 'A live session',
  COACHING: 'Coaching',
  MENTORING: 'Mentoring',
  PATH: 'A learning path',
};
const LENGTH_IN_WORDS: Readonly<Record<string, string>> = {
  UNDER_10_MIN: 'Under ten minutes',
  MIN_10_TO_30: 'Ten minutes to half an hour',
  MIN_30_TO_60: 'Half an hour to an hour',
  HOURS_1_TO_3: 'One to three hours',
  OVER_3_HOURS: 'More than three hours',
};
const languageNames = new Intl.DisplayNames(['en'], { type: 'language' });

/** In English, such as French of `fr`. */
export const languageName = (tag: string): string => languageNames.of(tag) ?? tag;

const FIT_IN_WORDS: Readonly<Record<AttributeName, (value: string) => string>> = {
  format: (value) => `${KIND_IN_WORDS[value] ?? value}, a format that you often choose`,
  length: (value) => `${LENGTH_IN_WORDS[value] ?? value} long, as what you usually take`,
  level: (value) => `At the level that you usually take: ${value.toLowerCase()}`,
  language: (value) => `In ${languageName(value)}, as much of what you take`,
  provider: (value) => `From ${value}, whom you often choose`,
};

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
    case 'ROLE':
      return `Teaches ${evidence.skillName}, which the role ${evidence.roleName} needs`;
    case 'GOAL':
      return `Serves the goal “${evidence.goalName}”, due on ${evidence.dueOn}`;
    case 'SEARCH':
      return evidence.hadNoResults
        ? `You searched for “${evidence.term}” when there was nothing; now there is this`
        : `You searched for “${evidence.term}”`;
    case 'PEERS':
      return `Taken up by ${evidence.people} of ${evidence.groupPeople} people ${WHERE[evidence.audience.kind](evidence.audience)}`;
    case 'TRENDING':
      return `Gaining ground: ${counted(evidence.recentPeople)} ${WHERE[evidence.audience.kind](evidence.audience)} took it up in four weeks`;
    case 'FIT':
      return FIT_IN_WORDS[evidence.attribute](evidence.value);
    case 'UNLOCKS':
      return evidence.stepCount === 1
        ? `Opens “${evidence.title}”, which suits you`
        : `First of ${evidence.stepCount} steps to “${evidence.title}”, which suits you`;
    case 'EXPLORATION':
      return `New since ${evidence.arrivedAt.toISOString().slice(0, 10)}: few have tried it yet`;
    case 'POPULAR':
      return evidence.learnerCount === 1
        ? 'Taken up by 1 person here'
        : `Popular: taken up by ${evidence.learnerCount} people here`;
    case 'NEW':
      return `New since ${evidence.publishedAt.toISOString().slice(0, 10)}`;
    case 'BEGUN':
      return progressInWords(evidence.progress);
    case 'ASSIGNED':
      return assignmentInWords(evidence);
    case 'SAVED':
      return `You saved it on ${dayOf(evidence.savedAt)}`;
    case 'AVAILABLE':
      return 'In the catalogue and open to you';
  }
}

function assignmentInWords({
  obligation,
  dueAt,
  zone,
  overdue,
}: Extract<Evidence, { readonly kind: 'ASSIGNED' }>): string {
  const what = obligation === 'MANDATORY' ? 'Mandatory' : 'Assigned to you';
  if (dueAt === null) return `${what}, at a time of your choice`;
  return overdue ? `${what}, and overdue since ${dayOf(dueAt, zone)}` : `${what}, due on ${dueDayOf(dueAt, zone)}`;
}

function progressInWords(progress: number): string {
  if (progress >= 1) return 'You have been through all of this, but not completed or passed it yet';
  return progress > 0 ? `You have begun this: ${Math.round(progress * 100)} % done` : 'You have begun this';
}

import { NOT_NOW_MS, STOPPERS } from '../pipeline/eligibility.js';
import type { RecommendationInputs } from '../pipeline/inputs.js';
import { languageName } from '../pipeline/reasons.js';
import { zoneOfDuty } from '../pipeline/required.js';
import type { ScoredCatalogue } from '../pipeline/scoring.js';
import { missingPrerequisites } from '../pipeline/unlock.js';
import { capitalised, dayOf, dueDayOf, listed, quoted, type Whom } from '../pipeline/wording.js';

/** What keeps a course out of the choice. BEGUN: nothing but that it has a place of its own. */
export const OBSTACLES = [...STOPPERS, 'BEGUN'] as const;
export type Obstacle = (typeof OBSTACLES)[number];

/** An obstacle in plain words. */
export interface ObstacleWords {
  readonly code: Obstacle;
  /** The fact. */
  readonly text: string;
  /** What would change it, and who; null: nothing has to. */
  readonly wayOut: string | null;
  /** The L&D rule behind it; null: none. */
  readonly ruleId: string | null;
}

/** The obstacle in words for the reader, with the learner's and the course's own facts. */
export function obstacleInWords(
  code: Obstacle,
  inputs: RecommendationInputs,
  scored: ScoredCatalogue,
  position: number,
  whom: Whom,
): ObstacleWords {
  return { code, ruleId: null, ...wordsOf(code, inputs, scored, position, whom) };
}

type Words = Omit<ObstacleWords, 'code' | 'ruleId'> & Partial<Pick<ObstacleWords, 'ruleId'>>;

function wordsOf(
  code: Obstacle,
  inputs: RecommendationInputs,
  { view }: ScoredCatalogue,
  position: number,
  { subject, possessive }: Whom,
): Words {
  const { index, now } = inputs;
  const course = index.courses[position];
  const state = view.eligibility.stateByCourseId.get(course?.id ?? '');
  const You = capitalised(subject);
  const on = (atMs: number | null | undefined) => (atMs == null ? '' : ` on ${dayOf(atMs)}`);
  switch (code) {
    case 'NOT_PUBLISHED':
      return {
        text: `It comes out${on(course?.publishedAt?.getTime())}`,
        wayOut: 'It may be recommended from then on',
      };
    case 'RETIRED':
      return { text: `It was retired${on(course?.retiredAt?.getTime())}`, wayOut: 'Ask L&D what has taken its place' };
    case 'EXCLUDED':
      return {
        text: 'L&D keeps it out of recommendations',
        wayOut: 'It can be opened from the catalogue; ask L&D to let it be recommended',
      };
    case 'RULE_EXCLUDED':
    case 'RULE_REQUIRES_OTHER':
      return ruleWords(code, inputs, position);
    case 'ASSIGNED':
      return assignedWords(inputs, course?.id ?? '', possessive);
    case 'COMPLETED': {
      const { passedAtMs = null, completedAtMs = null } = state ?? {};
      const text =
        completedAtMs === null ? `${You} passed it${on(passedAtMs)}` : `${You} completed it${on(completedAtMs)}`;
      return { text, wayOut: 'It comes back when it is assigned anew' };
    }
    case 'WAIVED':
      return { text: `${You} were spared it${on(state?.waivedAtMs)}`, wayOut: 'L&D can assign it all the same' };
    case 'DISMISSED': {
      const atMs = state?.dismissedAtMs ?? 0;
      const isForNow = state?.dismissReason === 'NOT_NOW';
      return {
        text: isForNow ? `${You} put it off${on(atMs)}` : `${You} dismissed it${on(atMs)}`,
        wayOut: isForNow
          ? `It comes back by itself${on(atMs + NOT_NOW_MS)}; save it to bring it back now`
          : 'Save it to bring it back',
      };
    }
    case 'OTHER_LANGUAGE': {
      const language = languageName(course?.language ?? '');
      const spoken = listed((inputs.state.learner?.languages ?? []).map(languageName));
      return {
        text: `It is in ${language}; ${possessive} languages are ${spoken}`,
        wayOut: `It may be recommended once ${language} is one of ${possessive} languages`,
      };
    }
    case 'NO_SESSION_LEFT': {
      const last = Math.max(...(course?.sessions ?? []).map(({ startsAt }) => startsAt.getTime()));
      return { text: `Its last session was${on(last)}`, wayOut: 'It comes back when a new session is planned' };
    }
    case 'FULL': {
      const toCome = (course?.sessions ?? []).map(({ startsAt }) => startsAt).filter((startsAt) => startsAt > now);
      const next = Math.min(...toCome.map((startsAt) => startsAt.getTime()));
      return {
        text: `No seat is left: next session${on(next)}`,
        wayOut: 'It comes back when a seat becomes free or a session is added',
      };
    }
    case 'PREREQUISITE_MISSING':
      return prerequisiteWords(inputs, view, position);
    case 'BEGUN':
      return {
        text: `${You} have begun it: ${Math.round((state?.maxProgress ?? 0) * 100)} % done`,
        wayOut: `It stands among what ${subject} can continue`,
      };
  }
}

function ruleWords(
  code: 'RULE_EXCLUDED' | 'RULE_REQUIRES_OTHER',
  { rules }: RecommendationInputs,
  position: number,
): Words {
  const found =
    code === 'RULE_EXCLUDED'
      ? rules.excludes.find(({ mask }) => mask[position] === 1)
      : rules.requires.find(({ mask }) => mask[position] === 0);
  const sentence = found === undefined ? '' : `: ${rules.sentenceOf(found.rule)}`;
  return {
    text: `A rule of L&D ${code === 'RULE_EXCLUDED' ? 'takes it out of the choice' : 'asks for other courses'}${sentence}`,
    wayOut: 'It may be recommended again once the rule ends; ask L&D',
    ruleId: found?.rule.id ?? null,
  };
}

function assignedWords(
  { state, rules }: RecommendationInputs,
  courseId: string,
  possessive: Whom['possessive'],
): Words {
  const own = state.assignments.filter((assignment) => assignment.courseId === courseId);
  const kind = own.some(({ obligation }) => obligation === 'MANDATORY') ? 'required' : 'assigned';
  const due = own.flatMap(({ dueAt }) => (dueAt === null ? [] : [dueAt.getTime()]));
  const until = due.length === 0 ? '' : `, due ${dueDayOf(Math.min(...due), zoneOfDuty(rules, courseId))}`;
  const rule = rules.requiredBy.get(courseId)?.rule;
  const because = rule === undefined ? '' : `: ${rules.sentenceOf(rule)}`;
  return {
    text: `It is in ${possessive} ${kind} learning${until}${because}`,
    wayOut: 'Take it from there',
    ruleId: rule?.id ?? null,
  };
}

function prerequisiteWords(
  { index, now }: RecommendationInputs,
  view: ScoredCatalogue['view'],
  position: number,
): Words {
  const missing = missingPrerequisites(index, view.eligibility, position).flatMap((at) => index.courses[at] ?? []);
  if (missing.length === 0) {
    return {
      text: 'It asks for a course that is not in the catalogue',
      wayOut: 'Ask L&D to correct its prerequisites',
    };
  }
  const titles = missing.map(({ title }) => quoted(title));
  const text = `${listed(titles)} must come first`;
  const gone = missing.filter(({ retiredAt }) => retiredAt !== null && retiredAt <= now);
  if (gone.length > 0) {
    const retired = listed(gone.map(({ title }) => quoted(title)));
    return { text, wayOut: `${retired} can no longer be taken: ask L&D to spare it or to correct the prerequisites` };
  }
  return { text, wayOut: `Take ${titles.join(', then ')} first` };
}

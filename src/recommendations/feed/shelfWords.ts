import type { Course, Role } from '../../catalog/course.js';
import type { RecommendationInputs } from '../pipeline/inputs.js';
import type { Reason } from '../pipeline/reasons.js';
import type { ScoredCatalogue } from '../pipeline/scoring.js';
import type { RecommendingShelf } from './shelfPools.js';

/** What a shelf says of itself, in English, to the learner. */
export interface ShelfWords {
  readonly title: string;
  /** One sentence: why this shelf is there for this person. */
  readonly reason: string;
}

/** A course in its shelf. */
interface Shown {
  readonly course: Course;
  /** The first says why it is on this shelf. */
  readonly reasons: readonly Reason[];
}

/** Title and reason of a shelf, told by what stands on it. */
export function shelfWords(
  kind: RecommendingShelf,
  inputs: RecommendationInputs,
  scored: ScoredCatalogue,
  entries: readonly Shown[],
): ShelfWords {
  switch (kind) {
    case 'FOR_YOU':
      return forYou(inputs, scored, entries);
    case 'CLOSE_YOUR_GAPS':
      return closeYourGaps(inputs, entries);
    case 'FOR_YOUR_ROLE':
      return forYourRole(inputs, scored, entries);
    case 'BECAUSE_YOU':
      return becauseYou(entries);
    case 'TRENDING_IN_YOUR_TEAM':
      return trending(entries);
    case 'NEW':
      return {
        title: 'New in the catalogue',
        reason: scored.view.isPersonal
          ? 'Came out in the last two months; what suits you best comes first.'
          : 'Came out in the last two months.',
      };
    case 'LIVE_AND_COACHING':
      return {
        title: 'Learn with others',
        reason: 'Live sessions with a free seat, and coaching and mentoring to arrange.',
      };
  }
}

export function requiredWords(entries: readonly { readonly overdue: boolean }[], count: number): ShelfWords {
  const overdue = entries.filter((entry) => entry.overdue).length;
  const late = overdue === 0 ? '' : overdue === 1 ? '; one is overdue' : `; ${overdue} are overdue`;
  const more = count > entries.length ? `, the ${entries.length} most urgent of ${count}` : '';
  return {
    title: 'To do for work',
    reason: `Your organisation asks you to take ${count === 1 ? 'this' : 'these'}${more}${overdue === 1 && count === 1 ? ', and it is overdue' : late}.`,
  };
}

export function continueWords(count: number): ShelfWords {
  return {
    title: 'Pick up where you left off',
    reason:
      count === 1 ? 'You began this and have not finished it yet.' : 'You began these and have not finished them.',
  };
}

export function savedWords(count: number): ShelfWords {
  return { title: 'Saved for later', reason: `You put ${count === 1 ? 'this' : 'these'} aside for yourself.` };
}

function forYou(inputs: RecommendationInputs, { strategy, view }: ScoredCatalogue, entries: readonly Shown[]) {
  const role = ownRole(inputs) ?? view.roles[0];
  switch (strategy) {
    case 'PERSONAL':
    case 'BLENDED':
      return { title: 'Picked for you', reason: `From ${listed(groundsOf(inputs, view, entries))}.` };
    case 'SKILLS':
      return {
        title: 'A good place to start',
        reason:
          `From what ${role === undefined ? 'your role' : `the role ${role.name}`} asks for, the skills that we know of ` +
          'and what people here take up; what you do and search for will refine it.',
      };
    case 'PEERS':
      return {
        title: 'Popular with colleagues like you',
        reason: 'People in your department, role or place take these up more often than others do.',
      };
    case 'POPULAR':
      return {
        title: 'Popular here',
        reason: view.isPersonal
          ? 'Many people here take these up; what you do and search for will make the choice your own.'
          : 'Many people here take these up; you asked for no personal choice.',
      };
    case 'NEWEST':
      return { title: 'Newest courses', reason: 'Came out last; too little is known yet to choose among them.' };
  }
}

/** What a personal choice was made from. */
function groundsOf(inputs: RecommendationInputs, view: ScoredCatalogue['view'], entries: readonly Shown[]): string[] {
  const grounds: string[] = [];
  const completed = view.historyStates.filter(
    ({ completedAtMs, passedAtMs }) => (completedAtMs ?? passedAtMs) !== null,
  );
  if (completed.length > 1) grounds.push(`the ${completed.length} courses that you completed`);
  else if (view.wanted.length > 0) grounds.push('what you have done so far');
  // Without the terms: the sentence is recorded with the feed, and read by managers too.
  if (entries.some(({ reasons }) => reasons.some(({ code }) => code === 'SEARCH'))) {
    grounds.push('what you searched for');
  }
  const role = ownRole(inputs);
  const isForRole = entries.some(({ reasons }) => reasons.some(({ code }) => code === 'SKILL_GAP' || code === 'ROLE'));
  if (isForRole && role !== undefined) grounds.push(`what the role ${role.name} asks for`);
  return grounds.length > 0 ? grounds : ['what we know of you'];
}

function closeYourGaps(inputs: RecommendationInputs, entries: readonly Shown[]): ShelfWords {
  const gaps = evidenceOf(entries, 'SKILL_GAP');
  const skills = mostFrequent(gaps.map(({ skillName }) => skillName));
  const [roleId = ''] = mostFrequent(gaps.map((gap) => gap.roleId));
  const name = inputs.index.catalog.roles.get(roleId)?.name ?? roleId;
  const it = skills.length === 1 ? 'it' : 'them';
  return {
    title: `Closing your ${skills.length === 1 ? 'gap' : 'gaps'} in ${listed(skills)}`,
    reason:
      roleId === ownRole(inputs)?.id
        ? `As ${name} you need more of ${it} than the skills that we know of show.`
        : `The role ${name}, which you aim for, needs more of ${it} than the skills that we know of show.`,
  };
}

function forYourRole(inputs: RecommendationInputs, { view }: ScoredCatalogue, entries: readonly Shown[]): ShelfWords {
  const own = ownRole(inputs);
  const needs = evidenceOf(entries, 'ROLE');
  const found = view.roles.filter(({ id }) => needs.some(({ roleId }) => roleId === id));
  // Their own role comes last in the view, and first in what they do every day.
  const roles = (found.length > 0 ? found : view.roles.slice(-1)).toReversed();
  const skills = mostFrequent(needs.map(({ skillName }) => skillName)).slice(0, 3);
  const ways = roles.map(({ id, name }) => (id === own?.id ? `for your work as ${name}` : `on your way to ${name}`));
  return {
    title: capitalised(ways.join(' and ')),
    reason: `They teach what ${roles.length > 1 ? 'these roles build' : 'the role builds'} on${skills.length === 0 ? '' : `: ${listed(skills)}`}.`,
  };
}

function becauseYou(entries: readonly Shown[]): ShelfWords {
  const [first] = entries[0]?.reasons ?? [];
  return {
    title: first?.text ?? '',
    reason: 'Close to that course, which speaks for each of these more than anything else that you did.',
  };
}

function trending(entries: readonly Shown[]): ShelfWords {
  const [team] = evidenceOf(entries, 'TRENDING').filter(({ audience }) => audience.kind !== 'ORGANISATION');
  const where = team === undefined ? 'here' : `in ${team.audience.value}`;
  return {
    title: team === undefined ? 'On the rise this month' : `Popular ${where} this month`,
    reason: `More people ${where} took these up in the last four weeks than in the four before.`,
  };
}

function ownRole({ index, state }: RecommendationInputs): Role | undefined {
  return index.catalog.roles.get(state.learner?.roleId ?? '');
}

type Evidence = NonNullable<Reason['evidence']>;

/** The evidence of one kind that stands first with each entry. */
function evidenceOf<Kind extends Evidence['kind']>(entries: readonly Shown[], kind: Kind) {
  return entries.flatMap(({ reasons }) => {
    const evidence = reasons[0]?.evidence;
    return evidence?.kind === kind ? [evidence as Extract<Evidence, { readonly kind: Kind }>] : [];
  });
}

/** Each once, the most frequent first, equally frequent ones in the order of their first appearance. */
function mostFrequent(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([name]) => name);
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const lists = new Intl.ListFormat('en-GB', { style: 'long', type: 'conjunction' });
const listed = (names: readonly string[]): string => lists.format(names);

import type { CourseKind, CourseLevel } from '../catalog/course.js';
import type { SeededRandom } from './seededRandom.js';
import type { SkillEntry } from './skillTree.js';
import { slug } from './slug.js';
import type { LocalWords } from './vocabulary/localTitles.js';
import {
  DESCRIPTION_PATTERNS,
  FAMILY_COURSE_PATTERNS,
  LEVEL_SENTENCES,
  TITLE_PATTERNS,
} from './vocabulary/titlePatterns.js';

/** What a title and its description are filled with. */
export interface TitleWords {
  readonly entry: SkillEntry;
  /** Place among the skill's topics; −1: the skill itself. */
  readonly topicIndex: number;
  readonly audience: string;
  readonly context: string;
}

export interface Wording {
  readonly courseId: string;
  readonly title: string;
  readonly words: TitleWords;
}

const MINOR_WORDS = new Set('a an and as at by for from in of on or the to with'.split(' '));
const RANDOM_TRIES = 40;

/** Writes titles and never the same one twice, also not after spelling and punctuation are taken away. */
export class TitleWriter {
  private readonly taken = new Set<string>();

  /** Null when the id that the title leads to is taken. */
  claim(title: string, words: TitleWords): Wording | null {
    const id = slug(title);
    if (this.taken.has(id)) return null;
    this.taken.add(id);
    return { courseId: `course-${id}`, title, words };
  }

  /** A title of this kind for this skill; null when the vocabulary holds no further one. */
  write(random: SeededRandom, kind: CourseKind, entry: SkillEntry): Wording | null {
    const patterns = patternsFor(kind, entry);
    for (let attempt = 0; attempt < RANDOM_TRIES; attempt++) {
      const drawn = randomWords(random, entry);
      // A path is about a whole skill; only when those are used up, about a topic.
      const words = kind === 'PATH' ? { ...drawn, topicIndex: -1 } : drawn;
      const wording = this.claim(fillTitle(random.pick(patterns), words), words);
      if (wording !== null) return wording;
    }
    for (const pattern of patterns) {
      for (const words of allWords(entry)) {
        const wording = this.claim(fillTitle(pattern, words), words);
        if (wording !== null) return wording;
      }
    }
    return null;
  }

  /** As `write`, in another language; null too when the kind or the skill is not offered there. */
  writeLocal(random: SeededRandom, kind: CourseKind, entry: SkillEntry, local: LocalWords): Wording | null {
    const patterns = local.titles[kind];
    const name = localName(entry, local);
    if (patterns === undefined || name === null) return null;
    for (let attempt = 0; attempt < RANDOM_TRIES; attempt++) {
      const audience = random.pick(local.audiences);
      const title = random.pick(patterns).replace('{Skill}', name).replace('{Audience}', audience);
      const wording = this.claim(title, { entry, topicIndex: -1, audience, context: '' });
      if (wording !== null) return wording;
    }
    return null;
  }
}

export function randomWords(random: SeededRandom, entry: SkillEntry): TitleWords {
  return {
    entry,
    topicIndex: random.below(entry.words.topics.length + 1) - 1,
    audience: random.pick(entry.area.audiences),
    context: random.pick(entry.area.contexts),
  };
}

export function fillTitle(pattern: string, words: TitleWords): string {
  return titleCase(
    pattern
      .replace('{Topic}', topicOf(words))
      .replace('{Skill}', words.entry.words.name)
      .replace('{Audience}', words.audience)
      .replace('{Context}', words.context),
  );
}

/** One or two sentences that fit the title. */
export function describe(random: SeededRandom, kind: CourseKind, level: CourseLevel | null, words: TitleWords): string {
  const first = random
    .pick(DESCRIPTION_PATTERNS[kind])
    .replace('{topic}', inSentence(topicOf(words)))
    .replace('{audience}', inSentence(words.audience));
  if (level === null || random.chance(0.35)) return first;
  const second = random.pick(LEVEL_SENTENCES[level]).replace('{skill}', inSentence(words.entry.words.name));
  return `${first} ${second}`;
}

export function describeLocal(random: SeededRandom, local: LocalWords, words: TitleWords): string {
  return random.pick(local.descriptions).replace('{Skill}', localName(words.entry, local) ?? '');
}

function patternsFor(kind: CourseKind, entry: SkillEntry): readonly string[] {
  const patterns = TITLE_PATTERNS[kind];
  return kind === 'COURSE' ? [...patterns, ...FAMILY_COURSE_PATTERNS[entry.area.family]] : patterns;
}

function* allWords(entry: SkillEntry): Iterable<TitleWords> {
  for (let topicIndex = -1; topicIndex < entry.words.topics.length; topicIndex++) {
    for (const audience of entry.area.audiences) {
      for (const context of entry.area.contexts) yield { entry, topicIndex, audience, context };
    }
  }
}

function topicOf({ entry, topicIndex }: TitleWords): string {
  return entry.words.topics[topicIndex] ?? entry.words.name;
}

function localName(entry: SkillEntry, local: LocalWords): string | null {
  const [de, fr, es] = entry.words.local ?? [null, null, null];
  return { de, fr, es }[local.language];
}

function titleCase(text: string): string {
  let afterBreak = true;
  const cased = text.split(' ').map((word) => {
    const keepsLow = !afterBreak && MINOR_WORDS.has(word);
    afterBreak = word.endsWith(':');
    return keepsLow ? word : capitalised(word);
  });
  return cased.join(' ');
}

function capitalised(word: string): string {
  const parts = word.split('-').map((part, i) => (i > 0 && MINOR_WORDS.has(part) ? part : upperFirst(part)));
  return parts.join('-');
}

function upperFirst(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Capitals that only mark a heading are lowered; those of names and acronyms stay. */
function inSentence(phrase: string): string {
  return PROPER.test(phrase) ? phrase : phrase.replace(/\b[A-Z](?=[a-z])/g, (letter) => letter.toLowerCase());
}

const PROPER =
  /English|German|French|Spanish|Mandarin|Portuguese|Brazilian|Python|Java|Type|Kubernetes|Linux|Scrum|Kanban|Bayes|Git|Node/;

/** The phrases of a comma-separated line; phrases themselves hold no comma. */
export function list(phrases: string): readonly string[] {
  return phrases.split(', ');
}

/** One skill and the things people are taught about it. */
export interface SkillWords {
  readonly name: string;
  /** Its name in German, French and Spanish; null where nobody would take the course in their own language. */
  readonly local: readonly [de: string, fr: string, es: string] | null;
  /** How much of the catalogue it gets, 1–5. */
  readonly appeal: number;
  /** Noun or gerund phrases that fit before "for Managers" and after "The Basics of". */
  readonly topics: readonly string[];
  /** The broader skill it belongs to, when that is not the area itself. */
  readonly under?: string;
}

/** A root of the skill tree, and the words that make a title sound at home in it. */
export interface AreaWords {
  readonly name: string;
  readonly family: AreaFamily;
  readonly audiences: readonly string[];
  /** Each reads on from a topic: "… in Remote Teams". */
  readonly contexts: readonly string[];
  readonly skills: readonly SkillWords[];
}

export type AreaFamily = 'PEOPLE' | 'DIGITAL' | 'BUSINESS' | 'DUTY';

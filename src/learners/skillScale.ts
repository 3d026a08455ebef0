/** What a value on a source's own scale means as a level, or what is wrong with it. */
export type ScaleReading =
  | {
      readonly kind: 'LEVEL';
      /** 0–1. */
      readonly level: number;
      /** By how much two ways of reading the same mark may differ, 0–1. */
      readonly tolerance: number;
    }
  | { readonly kind: 'UNKNOWN_SCALE'; readonly problem: string }
  | { readonly kind: 'NOT_ON_SCALE'; readonly problem: string };

/** For a sentence that begins with the field. */
export const SCALE_FORMS =
  'is written from its lowest to its highest mark: two numbers such as "1-5" or "0-100", CEFR bands such as "A1-C2", ' +
  'or words such as "novice|competent|expert"';

const NUMBER = String.raw`[+-]?\d+(?:\.\d+)?`;
const NUMERIC_SCALE = new RegExp(String.raw`^(${NUMBER})\s*[-–]\s*(${NUMBER})$`);
const NUMERIC_VALUE = new RegExp(`^${NUMBER}$`);
const CEFR_BANDS = ['A1', 'A2', 'B1', 'B2', 'C1', 'C2'];
const CEFR_SCALE = /^([ABC][12])\s*[-–]\s*([ABC][12])$/;
/** Two readers of a scale round differently even where it has no single marks. */
const LEAST_TOLERANCE = 0.05;

/**
 * A value on a source's own scale as a level 0–1. Case and blanks at the ends play no part.
 *
 * - Numbers, `min-max`: in a straight line, the lowest mark 0 and the highest 1, so 1 of `1-5` is level 0. The lowest
 *   mark of a scale is what somebody without the skill gets; where it means that they have some of it, the scale is to be
 *   sent as `0-5`. Where the low numbers are the good ones, it runs down: `6-1`.
 * - Words, `lowest|…|highest`: evenly spaced, the lowest 0 and the highest 1, for the same reason.
 * - CEFR bands, `A1-C2`: by their place among the six, A1 1/6 and C2 1. A1 is something that people reach: those who know
 *   nothing of a language are below it. A part such as `A1-B2` has the same levels.
 */
export function levelOnScale(scale: string, value: string): ScaleReading {
  const name = scale.trim();
  const mark = value.trim();
  if (name.includes('|')) return levelOfWord(name, mark);
  const bands = CEFR_SCALE.exec(name.toUpperCase());
  if (bands !== null) return levelOfBand(bands[1] as string, bands[2] as string, mark);
  const numbers = NUMERIC_SCALE.exec(name);
  if (numbers !== null) return levelOfNumber(Number(numbers[1]), Number(numbers[2]), mark);
  return { kind: 'UNKNOWN_SCALE', problem: SCALE_FORMS };
}

function levelOfNumber(lowest: number, highest: number, mark: string): ScaleReading {
  if (lowest === highest) return { kind: 'UNKNOWN_SCALE', problem: 'has the same lowest and highest mark' };
  const value = NUMERIC_VALUE.test(mark) ? Number(mark) : Number.NaN;
  const level = (value - lowest) / (highest - lowest);
  if (!(level >= 0 && level <= 1)) {
    return { kind: 'NOT_ON_SCALE', problem: `is not a number from ${lowest} to ${highest}` };
  }
  const marks = Math.abs(highest - lowest);
  // Not −0, which is where a scale that runs down begins.
  return {
    kind: 'LEVEL',
    level: Math.max(0, level),
    tolerance: marks > 1 ? Math.max(LEAST_TOLERANCE, 1 / marks) : LEAST_TOLERANCE,
  };
}

function levelOfWord(scale: string, mark: string): ScaleReading {
  const words = scale.split('|').map((word) => word.trim());
  const spelled = words.map((word) => word.toLowerCase());
  if (spelled.includes('') || new Set(spelled).size < spelled.length) {
    return { kind: 'UNKNOWN_SCALE', problem: 'has a word twice, or an empty one' };
  }
  const place = spelled.indexOf(mark.toLowerCase());
  if (place < 0) return { kind: 'NOT_ON_SCALE', problem: `is none of ${words.join(', ')}` };
  const step = 1 / (words.length - 1);
  return { kind: 'LEVEL', level: place * step, tolerance: Math.max(LEAST_TOLERANCE, step) };
}

function levelOfBand(lowest: string, highest: string, mark: string): ScaleReading {
  const [from, to] = [CEFR_BANDS.indexOf(lowest), CEFR_BANDS.indexOf(highest)];
  if (from >= to) return { kind: 'UNKNOWN_SCALE', problem: SCALE_FORMS };
  const place = CEFR_BANDS.indexOf(mark.toUpperCase());
  if (place < from || place > to)
    return { kind: 'NOT_ON_SCALE', problem: `is not a band from ${lowest} to ${highest}` };
  return { kind: 'LEVEL', level: (place + 1) / CEFR_BANDS.length, tolerance: 1 / CEFR_BANDS.length };
}

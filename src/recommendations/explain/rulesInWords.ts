import type { CompiledRule } from '../../rules/applying/compiledRule.js';
import type { RecommendationInputs } from '../pipeline/inputs.js';
import type { Placements } from '../pipeline/pipeline.js';
import type { Ruled } from '../pipeline/ruleStage.js';
import { capitalised, ordinal } from '../pipeline/wording.js';

/** How rules that raise and place courses keep one from being shown. */
export const RULE_STOPPERS = ['RULE_LOWERED', 'RULE_RAISED_OTHERS', 'RULE_CAPPED', 'RULE_MADE_ROOM'] as const;

export interface RuleStopper {
  readonly code: (typeof RULE_STOPPERS)[number];
  readonly text: string;
  /** Null: several rules. */
  readonly ruleId: string | null;
}

/** A course on its way through quotas, pins and caps. */
export interface RuledWalk {
  readonly inputs: RecommendationInputs;
  readonly placements: Placements;
  readonly position: number;
  readonly exploredAt: number | null;
  readonly listedAt: number | null;
  readonly shown: number;
}

/** For a course that is not shown: the rules without which it would be; null: it would not be shown without them either. */
export function placingStopper({ inputs, ...walk }: RuledWalk): RuleStopper | null {
  const { placements, position, exploredAt, listedAt, shown } = walk;
  if (exploredAt === null || exploredAt > shown) return null;
  const moved = `Moved from ${ordinal(exploredAt)} ${listedAt === null ? 'out of the list' : `to ${ordinal(listedAt)}`}`;
  const { effects } = placeOf(walk) ?? NOWHERE;
  const cap = placements.leftOut.get(position) ?? effects.find(({ kind }) => kind === 'CAP')?.by;
  const pin = effects.find(({ kind }) => kind === 'PIN')?.by;
  const [rule, ...others] = rulesOf(cap ?? pin, placements.listed.slice(0, shown));
  return {
    code: cap === undefined ? 'RULE_MADE_ROOM' : 'RULE_CAPPED',
    text:
      rule === undefined || others.length > 0
        ? `${moved} for courses that rules of L&D place`
        : `${moved}: ${inputs.rules.sentenceOf(rule.rule)}`,
    ruleId: others.length > 0 ? null : (rule?.rule.id ?? null),
  };
}

/** The rule that moved the course itself, or else those that placed others before it. */
function rulesOf(own: CompiledRule | undefined, shown: readonly Ruled[]): CompiledRule[] {
  return own === undefined ? [...new Set(shown.flatMap(({ effects }) => effects.map(({ by }) => by)))] : [own];
}

/** What quotas, pins and caps made of the place of a course. */
export function placingText({ inputs, ...walk }: RuledWalk): string {
  const { exploredAt, listedAt } = walk;
  const { effects } = placeOf(walk) ?? NOWHERE;
  const place = listedAt === null ? 'It is beyond the end of the list' : `It is ${ordinal(listedAt)}`;
  if (effects.length > 0) return `${place}: ${effects.map(({ by }) => inputs.rules.sentenceOf(by.rule)).join(' ')}`;
  return exploredAt === listedAt
    ? `${place}: no quota, pin or cap of L&D moves it`
    : `${place}, as rules of L&D place others`;
}

/** Why each pin that is for the course is not where it was promised; none where all pins are kept. */
export function pinTexts({
  inputs,
  placements,
  position,
}: Pick<RuledWalk, 'inputs' | 'placements' | 'position'>): string[] {
  const { sentenceOf } = inputs.rules;
  return placements.pins.flatMap(({ pin, place, problem, lostTo }) => {
    // Of a course that is not open, its obstacles tell.
    if (problem === null || problem === 'NOT_ELIGIBLE' || pin.mask[position] !== 1) return [];
    const other = lostTo === null ? 'another pin' : sentenceOf(lostTo.rule);
    const stands = place === null ? 'and no place is left for it' : `so what it pins is ${ordinal(place)}`;
    const why = {
      LOST_TO: `${other} comes first, ${stands}`,
      LIST_TOO_SHORT: 'the list ends before that place',
      CAPPED: 'a cap allows no more of its kind up to that place',
    }[problem];
    return [`Pinned, but not where that was promised: ${sentenceOf(pin.rule)} ${capitalised(why)}`];
  });
}

const NOWHERE: Pick<Ruled, 'effects'> = { effects: [] };

const placeOf = ({ placements, position }: Pick<RuledWalk, 'placements' | 'position'>): Ruled | undefined =>
  placements.listed.find((one) => one.position === position);

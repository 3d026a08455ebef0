import type { SkillEvidence, SkillSource } from '../learners/learner.js';
import type { RoleEntry } from './roles.js';
import { SeededRandom } from './seededRandom.js';
import type { SkillTree } from './skillTree.js';
import type { Person } from './workforce.js';
import { DAY_MS } from './zoneClock.js';

const YEAR_MS = 365 * DAY_MS;

/**
 * What the person can do at the start of the history, 0–1 by skill index: what the role needs is known the better the
 * longer somebody has been there, everything else a little.
 */
export function drawLevels(seed: number, person: Person, role: RoleEntry, tree: SkillTree, fromMs: number): number[] {
  const random = new SeededRandom(seed, 'levels', person.index);
  const levels = tree.entries.map(() => {
    const share = random.unit();
    return 0.3 * share * share;
  });
  const years = Math.max(0, fromMs - person.hiredMs) / YEAR_MS;
  const grown = 0.5 + Math.min(0.4, 0.08 * years);
  for (const { skillIndex, targetLevel } of role.needs) {
    levels[skillIndex] = clamp(targetLevel * grown + 0.15 * random.normal(), 0.02, 0.95);
  }
  return levels;
}

interface SourceHabits {
  readonly source: SkillSource;
  /** Of the skills of the role. */
  readonly share: number;
  readonly noise: number;
  readonly confidence: number;
}

const SOURCES: readonly SourceHabits[] = [
  { source: 'SELF', share: 0.7, noise: 0.14, confidence: 0.5 },
  { source: 'MANAGER', share: 0.45, noise: 0.1, confidence: 0.7 },
  { source: 'ASSESSMENT', share: 0.2, noise: 0.06, confidence: 0.9 },
];

/** What has been said of the person's skills: true levels, seen through each source's noise and on its own scale. */
export function drawEvidence(
  seed: number,
  person: Person,
  role: RoleEntry,
  tree: SkillTree,
  levels: readonly number[],
): readonly SkillEvidence[] {
  const random = new SeededRandom(seed, 'evidence', person.index);
  const evidence: SkillEvidence[] = [];
  // Some rate themselves kindly, some harshly, and a fifth never fill the form in.
  const selfBias = 0.1 * random.normal() + 0.04;
  const ratesSelf = random.chance(0.8);
  for (const { skillIndex } of role.needs) {
    for (const { source, share, noise, confidence } of SOURCES) {
      if (!random.chance(share) || (source === 'SELF' && !ratesSelf)) continue;
      const bias = source === 'SELF' ? selfBias : 0;
      const seen = clamp((levels[skillIndex] ?? 0) + bias + noise * random.normal(), 0, 1);
      const observedMs = random.between(person.firstMs, person.lastMs);
      const percent = Math.round(100 * seen);
      const points = 1 + Math.round(4 * seen);
      evidence.push({
        learnerId: person.learner.id,
        skillId: tree.entries[skillIndex]?.id ?? '',
        source,
        level: source === 'ASSESSMENT' ? percent / 100 : (points - 1) / 4,
        confidence,
        observedAt: new Date(Math.floor(observedMs)),
        scale: source === 'ASSESSMENT' ? 'percent' : '1-5',
        scaleValue: String(source === 'ASSESSMENT' ? percent : points),
      });
    }
  }
  return evidence;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

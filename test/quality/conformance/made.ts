import type { TrainingData } from '../../../src/recsys/fitting.js';
import type { History } from '../../../src/recsys/history.js';
import { buildCsr } from '../../../src/recsys/interactions.js';
import { type Random, shuffled } from '../../../src/stats/random.js';

/** One cell of the training data. */
export interface Contact {
  readonly learner: number;
  readonly item: number;
  readonly value: number;
  readonly atMs: number;
}

export const DAY_MS = 86_400_000;
export const AS_OF_MS = Date.UTC(2025, 0, 1);

/** Training data of contacts in any order. */
export function trainingData(
  learnerCount: number,
  itemCount: number,
  contacts: readonly Contact[],
  hasTimes = true,
): TrainingData {
  const interactions = buildCsr(learnerCount, itemCount, {
    rowIndices: contacts.map((contact) => contact.learner),
    columnIndices: contacts.map((contact) => contact.item),
    values: contacts.map((contact) => contact.value),
  });
  const cells = contacts.toSorted((a, b) => a.learner - b.learner || a.item - b.item);
  return {
    interactions,
    atMs: hasTimes ? Float64Array.from(cells, (cell) => cell.atMs) : null,
    asOfMs: AS_OF_MS,
    content: null,
  };
}

export function historyOf(contacts: readonly Contact[], hasTimes = true): History {
  return {
    itemIndices: Int32Array.from(contacts, (contact) => contact.item),
    values: Float32Array.from(contacts, (contact) => contact.value),
    atMs: hasTimes ? Float64Array.from(contacts, (contact) => contact.atMs) : null,
  };
}

/** Items taken with a confidence of 1, a day apart, the last one now. */
export function takenInTurn(items: readonly number[], learner = 0): Contact[] {
  return items.map((item, place) => ({
    learner,
    item,
    value: 1,
    atMs: AS_OF_MS - (items.length - 1 - place) * DAY_MS,
  }));
}

const GROUP_COUNT = 3;
const ITEMS_PER_GROUP = 12;
export const ITEM_COUNT = GROUP_COUNT * ITEMS_PER_GROUP;
export const LEARNER_COUNT = GROUP_COUNT * ITEMS_PER_GROUP;

/** Items are dealt out to the groups in turn. */
export const groupOf = (item: number): number => item % GROUP_COUNT;
export const itemsOf = (group: number): number[] =>
  Array.from({ length: ITEMS_PER_GROUP }, (_, place) => group + GROUP_COUNT * place);

/**
 * What a learner of the checkerboard takes, in turn: all items of one group round a ring but one, from the one after
 * that on. So the one left out is at once what goes with the others and what comes next.
 */
export function roundTheRing(learner: number): { readonly taken: Contact[]; readonly leftOut: number } {
  const ring = itemsOf(groupOf(learner));
  const start = Math.floor(learner / GROUP_COUNT) % ITEMS_PER_GROUP;
  const inTurn = [...ring.slice(start + 1), ...ring.slice(0, start)];
  return { taken: takenInTurn(inTurn, learner), leftOut: ring[start] ?? -1 };
}

/** Learners of the groups in turn, each taking some of the own group and little else, and dismissing some of the rest. */
export function tasteContacts(learnerCount: number, random: Random): Contact[] {
  const contacts: Contact[] = [];
  for (let learner = 0; learner < learnerCount; learner++) {
    for (let item = 0; item < ITEM_COUNT; item++) {
      const isOwn = groupOf(item) === groupOf(learner);
      const chance = random.uniform();
      const atMs = AS_OF_MS - Math.floor(random.uniform() * 400) * DAY_MS;
      if (chance < (isOwn ? 0.6 : 0.05)) contacts.push({ learner, item, value: 0.2 + 0.8 * random.uniform(), atMs });
      else if (!isOwn && chance > 0.95) contacts.push({ learner, item, value: -random.uniform() || -1, atMs });
    }
  }
  return contacts;
}

/** Some items of one group, taken at different times. */
export function someOf(group: number, count: number, random: Random): Contact[] {
  return shuffled(itemsOf(group), random)
    .slice(0, count)
    .map((item) => ({ learner: 0, item, value: 0.2 + 0.8 * random.uniform(), atMs: agesAgo(random) }));
}

/** Items of any kind with values of any sign, at different times. */
export function someHistory(count: number, random: Random): Contact[] {
  return shuffled([...Array(ITEM_COUNT).keys()], random)
    .slice(0, count)
    .map((item) => ({ learner: 0, item, value: 1.4 * random.uniform() - 0.4, atMs: agesAgo(random) }));
}

function agesAgo(random: Random): number {
  return AS_OF_MS - Math.floor(random.uniform() * 400 * DAY_MS);
}

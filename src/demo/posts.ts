import { SeededRandom } from './seededRandom.js';
import { DEPARTMENTS } from './vocabulary/departments.js';
import { PLACES } from './vocabulary/places.js';
import type { Grade } from './vocabulary/roleWords.js';

export const GRADES: readonly Grade[] = ['CHIEF', 'HEAD', 'LEAD', 'STAFF'];
const [CHIEF, HEAD, LEAD] = [0, 1, 2];
export const STAFF = 3;
const LEAD_SHARE = 0.1;
const TEAM_SIZE = 9;
/** How many leads report to a head before the next ones report to leads, and how many to each of those. */
const HEAD_LEADS = 10;
const LEADS_PER_LEAD = 5;

/** Who sits where, in arrays by learner index. */
export interface Posts {
  readonly departments: Uint8Array;
  readonly places: Uint8Array;
  readonly grades: Uint8Array;
  /** −1: nobody. */
  readonly managers: Int32Array;
}

/**
 * Number one leads the company and the next ones a department each. Leads report to the head of their department or,
 * when there are many, to an earlier lead; everyone else to an earlier lead with room in the team, in their own place if
 * there is one. So the managers form a tree.
 */
export function fillPosts(seed: number, learnerCount: number): Posts {
  const departments = new Uint8Array(learnerCount);
  const places = new Uint8Array(learnerCount);
  const grades = new Uint8Array(learnerCount);
  const managers = new Int32Array(learnerCount).fill(-1);
  const departmentShares = DEPARTMENTS.map(({ share }) => share);
  const leads: number[][] = DEPARTMENTS.map(() => []);
  const withRoom: number[][] = DEPARTMENTS.map(() => []);
  const reports = new Uint8Array(learnerCount);
  for (let index = 0; index < learnerCount; index++) {
    const random = new SeededRandom(seed, 'post', index);
    const isHead = index < DEPARTMENTS.length;
    const department = isHead ? index : random.weighted(departmentShares);
    const place = random.weighted(placeShares(department));
    const ownLeads = leads[department] ?? [];
    const ownWithRoom = withRoom[department] ?? [];
    // Whoever comes when all teams are full gets one of their own.
    const isLead = random.chance(LEAD_SHARE) || ownWithRoom.length === 0;
    departments[index] = department;
    places[index] = place;
    grades[index] = index === 0 ? CHIEF : isHead ? HEAD : isLead ? LEAD : STAFF;
    if (isHead) {
      managers[index] = index === 0 ? -1 : 0;
    } else if (isLead) {
      managers[index] = ownLeads[Math.floor((ownLeads.length - HEAD_LEADS) / LEADS_PER_LEAD)] ?? department;
      ownLeads.push(index);
      ownWithRoom.push(index);
    } else {
      const near = ownWithRoom.findIndex((lead) => places[lead] === place);
      const seat = near < 0 ? ownWithRoom.length - 1 : near;
      const manager = ownWithRoom[seat] ?? department;
      managers[index] = manager;
      const team = (reports[manager] ?? 0) + 1;
      reports[manager] = team;
      if (team === TEAM_SIZE) ownWithRoom.splice(seat, 1);
    }
  }
  return { departments, places, grades, managers };
}

const OFFICE_SHARES = PLACES.map(({ share }) => share);
const PLANT_SHARES = PLACES.map(({ share, plant }) => (plant ? 4 * share : 0.2 * share));

function placeShares(departmentIndex: number): readonly number[] {
  return DEPARTMENTS[departmentIndex]?.atPlants === true ? PLANT_SHARES : OFFICE_SHARES;
}

import type { DeliveryService, RecordedSuggestion } from '../delivery/delivery.service.js';
import { AudienceFigures, type AudienceShape, type Figure } from '../learners/fewPeople/audienceFigures.js';
import { FEWEST_PEOPLE } from '../learners/fewPeople/fewPeople.js';
import type { LearnersService } from '../learners/learners.service.js';
import { grouped } from '../platform/grouped.js';
import { inTurns } from '../platform/turns/turns.js';
import { type Campaign, isHeldOutOf } from './campaign.js';
import { isReachable } from './look.js';
import { nextStep } from './nextStep.js';
import { paceOf } from './outlook.js';
import type { CampaignPeople, CampaignPerson } from './people.js';
import { ofAllCourses, REACHABLE } from './progress.js';

/** What a campaign would come to. Null: fewer than five people, or people who are named. */
export interface CampaignPreview {
  /** In the audience, held out or not. */
  readonly people: number | null;
  readonly heldOut: number | null;
  /** By name; those of fewer than five are left out. */
  readonly departments: readonly { readonly department: string; readonly people: number }[];
  /** False: the first people of a fair sample were counted. */
  readonly isEverybody: boolean;
  /** Those whose first course and window were looked for: up to 500 of a fair sample. */
  readonly looked: number | null;
  readonly withWindow: number | null;
  /** Their limits leave no window within a fortnight. */
  readonly withoutWindow: number | null;
  /** Nothing of the campaign is open to them now, or they have done all of it. */
  readonly withoutCourse: number | null;
  readonly firstCourseDays: number | null;
  readonly wholeDays: number | null;
}

const PAGE_PEOPLE = 500;
const MOST_COUNTED = 20_000;
const MOST_LOOKED_AT = 500;
/** Paths begin with many courses; the windows of the most common ones tell enough. */
const MOST_COURSES = 20;
const HORIZON_DAYS = 14;

/** Somebody for whom something is due at once. */
interface FirstStep {
  readonly learnerId: string;
  readonly courseId: string;
}

interface Counted {
  readonly people: number;
  readonly heldOut: number;
  readonly departments: ReadonlyMap<string, number>;
  readonly isEverybody: boolean;
  /** Of those who would be reached. */
  readonly sample: readonly string[];
}

/** What is due for each at once, and how many courses each has before them. */
function* firstSteps(
  { content }: Campaign,
  people: readonly CampaignPerson[],
  learnerIds: readonly string[],
  now: Date,
): Generator<void, { readonly due: readonly FirstStep[]; readonly steps: readonly number[] }> {
  const due: FirstStep[] = [];
  const steps: number[] = [];
  for (const [i, person] of people.entries()) {
    const courses = [...person.courses([], new Set())];
    const next = nextStep(courses, [], content, now.getTime());
    if (next.kind === 'DUE') due.push({ learnerId: learnerIds[i] as string, courseId: next.courseId });
    steps.push(courses.filter(({ standing }) => standing !== 'SETTLED').length);
    yield;
  }
  return { due, steps };
}

/** Tells what campaigns would come to, by the very code that carries them out; nothing of it is kept. */
export class CampaignPreviews {
  readonly #people: CampaignPeople;
  readonly #learners: LearnersService;
  readonly #delivery: DeliveryService;
  readonly #clock: () => Date;
  readonly #secret: () => Uint8Array;

  /** @param secret by which figures are drawn that are not told as they are */
  constructor(
    people: CampaignPeople,
    learners: LearnersService,
    delivery: DeliveryService,
    clock: () => Date,
    secret: () => Uint8Array,
  ) {
    this.#people = people;
    this.#learners = learners;
    this.#delivery = delivery;
    this.#clock = clock;
    this.#secret = secret;
  }

  async of(campaign: Campaign, mayTellFew: boolean): Promise<CampaignPreview> {
    const { content } = campaign;
    const counted = await this.#count(campaign);
    const now = this.#clock();
    const people = await this.#people.of(content, counted.sample);
    const { due, steps } = await inTurns(firstSteps(campaign, people, counted.sample, now));
    const windows = await this.#windows(campaign, due);
    const found = windows.flatMap(({ windows: [first] }) => first?.startsAt ?? []);
    const reached = Math.round(((counted.people - counted.heldOut) * due.length) / Math.max(1, people.length));
    const figuresOf = (audience: AudienceShape) => new AudienceFigures(audience, this.#secret());
    const figures = figuresOf(content.audience);
    const tell = (count: number, figure: Figure, own = figures): number | null =>
      mayTellFew ? count : own.countOrNull(count, figure);
    const toldReached = tell(reached, ofAllCourses('withCourse', content));
    // What one person has before them and when they are free is not to be had from what is latest of all.
    const place = mayTellFew ? 1 : FEWEST_PEOPLE;
    const withWindow = tell(found.length, ofAllCourses('withWindow', content));
    return {
      people: tell(counted.people, REACHABLE),
      heldOut: tell(counted.heldOut, { name: 'heldOut' }),
      departments: [...counted.departments]
        .flatMap(([department, count]) => {
          // The same number as of a campaign for this department alone.
          const told = tell(count, REACHABLE, figuresOf({ ...content.audience, departments: [department] }));
          return told === null ? [] : [{ department, people: told }];
        })
        .sort((a, b) => (a.department < b.department ? -1 : 1)),
      isEverybody: counted.isEverybody,
      looked: tell(people.length, content.holdoutPercent === 0 ? REACHABLE : { name: 'looked' }),
      withWindow,
      withoutWindow: tell(windows.length - found.length, ofAllCourses('withoutWindow', content)),
      withoutCourse: tell(people.length - due.length, ofAllCourses('withoutCourse', content)),
      // The windows of a few would tell when those are at work.
      ...(withWindow === null || toldReached === null
        ? { firstCourseDays: null, wholeDays: null }
        : paceOf({
            ...{ ...content, now, people: toldReached, steps: largest(steps, place) ?? 0 },
            latestFirst: largest(found, place),
          })),
    };
  }

  async #count({ id, content }: Campaign): Promise<Counted> {
    const { departments: named, roleIds, locations, learnerIds } = content.audience;
    const departments = new Map<string, number>();
    const sample: string[] = [];
    let [people, heldOut, looked] = [0, 0, 0];
    const criteria = { departments: named, roleIds, locations, learnerIds };
    for await (const page of this.#learners.people(criteria, PAGE_PEOPLE)) {
      for (const learner of (await this.#people.inAudience(content.audience, page)).filter(isReachable)) {
        people += 1;
        const { department } = learner;
        if (department !== null) departments.set(department, (departments.get(department) ?? 0) + 1);
        if (isHeldOutOf(id, learner.id, content.holdoutPercent, this.#secret())) heldOut += 1;
        else if (sample.length < MOST_LOOKED_AT) sample.push(learner.id);
      }
      looked += page.length;
      if (looked >= MOST_COUNTED) return { people, heldOut, departments, isEverybody: false, sample };
    }
    return { people, heldOut, departments, isEverybody: true, sample };
  }

  async #windows({ content }: Campaign, due: readonly FirstStep[]): Promise<readonly RecordedSuggestion[]> {
    const byCourse = [...grouped(due, ({ courseId }) => courseId)];
    const common = byCourse.sort(([, a], [, b]) => b.length - a.length).slice(0, MOST_COURSES);
    const found: RecordedSuggestion[] = [];
    for (const [courseId, own] of common) {
      const request = { courseId, purpose: content.purpose, from: null, horizonDays: HORIZON_DAYS };
      found.push(
        ...(await this.#delivery.outlook(
          own.map(({ learnerId }) => learnerId),
          request,
        )),
      );
    }
    return found;
  }
}

/** Of numbers or dates the one at this place, the largest being at 1; null: there are fewer. */
function largest<T extends number | Date>(values: readonly T[], place: number): T | null {
  return [...values].sort((a, b) => b.valueOf() - a.valueOf())[place - 1] ?? null;
}

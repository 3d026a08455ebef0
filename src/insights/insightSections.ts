import type { CatalogSnapshot } from '../catalog/catalogSnapshot.js';
import type { Course, CourseKind, Skill } from '../catalog/course.js';
import { COURSE_KINDS } from '../catalog/course.js';
import { WEEKDAYS, type Weekday } from '../learners/learner.js';
import { CHANNELS, type Channel, DEVICES, type Device } from '../learners/profileEvent.js';
import { HOURS_PER_WEEK } from '../stats/circularWeek.js';
import { DROP_BINS, DROP_STATES, type DropState } from './cells/dropPoints.js';
import { FUNNEL_STAGES, type FunnelStage } from './cells/funnel.js';
import type { Section } from './cells/insightCell.js';
import { openCoursesBySkill } from './cells/termSkills.js';
import type { InsightCells } from './insightCells.js';

/** People and how often together; null: not told. */
export interface Figures {
  readonly people: number;
  readonly events: number;
}

/** A term that was searched for. */
export interface SearchInsight extends Figures {
  readonly term: string;
  /** How many of the searches; null: not told, or none. */
  readonly zeroResults: number | null;
  readonly noClicks: number | null;
  readonly reformulated: number | null;
}

const SEARCH_LISTS = ['SEARCH', 'SEARCH_ZERO', 'SEARCH_NO_CLICK', 'SEARCH_REFORMULATED'] as const;
export type SearchList = (typeof SEARCH_LISTS)[number];

/** Terms, those of most people first by what the list is of. */
export async function searchInsights(cells: InsightCells, list: SearchList, first: number): Promise<SearchInsight[]> {
  const terms = (await cells.top(list, first)).map(({ key }) => key);
  const found = await cells.of(SEARCH_LISTS, terms);
  return terms.flatMap((term) => {
    const all = found('SEARCH', term);
    if (all === null) return [];
    const eventsOf = (section: Section) => found(section, term)?.events ?? null;
    return [
      {
        ...{ term, people: all.people, events: all.events },
        zeroResults: eventsOf('SEARCH_ZERO'),
        noClicks: eventsOf('SEARCH_NO_CLICK'),
        reformulated: eventsOf('SEARCH_REFORMULATED'),
      },
    ];
  });
}

/** All searches together. */
export type SearchTotals = Omit<SearchInsight, 'term'>;

export async function searchTotals(cells: InsightCells): Promise<SearchTotals | null> {
  const found = await cells.of(SEARCH_LISTS, ['']);
  const all = found('SEARCH', '');
  return (
    all && {
      ...{ people: all.people, events: all.events },
      zeroResults: found('SEARCH_ZERO', '')?.events ?? null,
      noClicks: found('SEARCH_NO_CLICK', '')?.events ?? null,
      reformulated: found('SEARCH_REFORMULATED', '')?.events ?? null,
    }
  );
}

/** How much a skill is looked for, and what there is to learn it from. */
export interface SkillDemand extends Figures {
  readonly skill: Skill;
  /** Courses that teach it and can be taken now. */
  readonly openCourses: number;
}

/** Most people first. */
export async function skillDemands(
  cells: InsightCells,
  catalog: CatalogSnapshot,
  now: Date,
  first: number,
): Promise<SkillDemand[]> {
  const supply = openCoursesBySkill(catalog, now);
  return (await cells.top('SKILL_DEMAND', first)).flatMap(({ key, people, events }) => {
    const skill = catalog.skills.get(key);
    return skill === undefined ? [] : [{ skill, people, events, openCourses: supply.get(key) ?? 0 }];
  });
}

/** Where people stopped. */
export interface Unfinished extends Figures {
  /** People and courses by why; those not told are left out. */
  readonly states: readonly (Figures & { readonly state: DropState })[];
  /** By progress, in ten bins of a tenth each, the least first; those not told are left out. */
  readonly dropPoints: readonly (Figures & { readonly fromProgress: number; readonly untilProgress: number })[];
}

export interface UnfinishedCourse extends Unfinished {
  readonly course: Course;
}

const BINS = Array.from({ length: DROP_BINS }, (_, bin) => bin);
const UNFINISHED_SECTIONS: readonly Section[] = [
  'UNFINISHED',
  ...DROP_STATES.map((state): Section => `UNFINISHED_${state}`),
  ...BINS.map((bin) => `UNFINISHED_AT_${bin}` as Section),
];

/** @param keys ids of courses, or the empty key for all together */
async function unfinishedOf(cells: InsightCells, keys: readonly string[]): Promise<Map<string, Unfinished>> {
  const found = await cells.of(UNFINISHED_SECTIONS, keys);
  const unfinished = new Map<string, Unfinished>();
  for (const key of keys) {
    const all = found('UNFINISHED', key);
    if (all === null) continue;
    const figuresOf = (section: Section): Figures | null => {
      const figures = found(section, key);
      return figures && { people: figures.people, events: figures.events };
    };
    unfinished.set(key, {
      ...{ people: all.people, events: all.events },
      states: DROP_STATES.flatMap((state) => {
        const figures = figuresOf(`UNFINISHED_${state}`);
        return figures === null ? [] : [{ state, ...figures }];
      }),
      dropPoints: BINS.flatMap((bin) => {
        const figures = figuresOf(`UNFINISHED_AT_${bin}` as Section);
        return figures === null
          ? []
          : [{ fromProgress: bin / DROP_BINS, untilProgress: (bin + 1) / DROP_BINS, ...figures }];
      }),
    });
  }
  return unfinished;
}

export async function unfinishedTotals(cells: InsightCells): Promise<Unfinished | null> {
  return (await unfinishedOf(cells, [''])).get('') ?? null;
}

/** Courses that most people left unfinished first. */
export async function unfinishedCourses(
  cells: InsightCells,
  catalog: CatalogSnapshot,
  first: number,
): Promise<UnfinishedCourse[]> {
  const courseIds = (await cells.top('UNFINISHED', first)).map(({ key }) => key);
  const unfinished = await unfinishedOf(cells, courseIds);
  return courseIds.flatMap((id) => {
    const [course, told] = [courseOf(catalog, id), unfinished.get(id)];
    return course === null || told === undefined ? [] : [{ course, ...told }];
  });
}

/** One hour of the local week. */
export interface ActiveHourInsight extends Figures {
  readonly weekday: Weekday;
  /** 0–23. */
  readonly hour: number;
}

/** Hours that are told, from Monday 00:00 on. */
export async function activeHourInsights(cells: InsightCells): Promise<ActiveHourInsight[]> {
  const hours = await cells.top('ACTIVE_HOUR', HOURS_PER_WEEK);
  return hours
    .map(({ key, people, events }) => ({ cell: Number(key), people, events }))
    .sort((a, b) => a.cell - b.cell)
    .map(({ cell, people, events }) => ({
      ...{ weekday: WEEKDAYS[Math.floor(cell / 24)] as Weekday, hour: cell % 24 },
      ...{ people, events },
    }));
}

export interface PageInsight extends Figures {
  readonly page: string;
}

export async function pageInsights(cells: InsightCells, first: number): Promise<PageInsight[]> {
  return (await cells.top('PAGE', first)).map(({ key, people, events }) => ({ page: key, people, events }));
}

export interface UseInsight<T extends string> extends Figures {
  readonly use: T;
}

async function uses<T extends string>(
  cells: InsightCells,
  section: Section,
  all: readonly T[],
): Promise<UseInsight<T>[]> {
  return (await cells.top(section, all.length)).flatMap(({ key, people, events }) => {
    const use = all.find((one) => one === key);
    return use === undefined ? [] : [{ use, people, events }];
  });
}

export const deviceInsights = (cells: InsightCells): Promise<UseInsight<Device>[]> => uses(cells, 'DEVICE', DEVICES);
export const channelInsights = (cells: InsightCells): Promise<UseInsight<Channel>[]> =>
  uses(cells, 'CHANNEL', CHANNELS);
export const formatInsights = (cells: InsightCells): Promise<UseInsight<CourseKind>[]> =>
  uses(cells, 'FORMAT', COURSE_KINDS);

/** One step of the way from being shown a course to completing it. */
export interface FunnelInsight extends Figures {
  readonly stage: FunnelStage;
  /** Courses that got so far with anybody, or in groups with five people of a month at least. */
  readonly courses: number;
  /** Of those, who were shown the course before; null: not told, and for SHOWN itself. */
  readonly afterShown: Figures | null;
}

/** Stages that are told, in order. */
export async function funnelInsights(cells: InsightCells): Promise<FunnelInsight[]> {
  const sections = FUNNEL_STAGES.map((stage) => `FUNNEL_${stage}` as const);
  const after = FUNNEL_STAGES.map((stage) => `AFTER_SHOWN_${stage}` as const);
  const [found, courses] = await Promise.all([cells.of([...sections, ...after], ['']), cells.countKeys(sections)]);
  return FUNNEL_STAGES.flatMap((stage) => {
    const all = found(`FUNNEL_${stage}`, '');
    if (all === null) return [];
    const shown = found(`AFTER_SHOWN_${stage}`, '');
    return [
      {
        ...{ stage, people: all.people, events: all.events },
        courses: courses.get(`FUNNEL_${stage}`) ?? 0,
        afterShown: shown && { people: shown.people, events: shown.events },
      },
    ];
  });
}

/** A course that more people began than in the month before. */
export interface TrendingInsight {
  readonly course: Course;
  readonly people: number;
  /** In the month before; null: fewer than five, or not told. */
  readonly previousPeople: number | null;
}

const MOST_STARTED = 1_000;
/** What is not told is taken for this many; it also keeps small courses from growing without bounds. */
const SMALL = 5;

/**
 * Courses begun in one month by five people at least and by more than in the month before, greatest growth first: the
 * people of the month and five over those of the month before and five.
 */
export async function trendingInsights(
  month: InsightCells,
  monthBefore: InsightCells,
  catalog: CatalogSnapshot,
  first: number,
): Promise<TrendingInsight[]> {
  const started = await month.top('FUNNEL_STARTED', MOST_STARTED);
  const before = await monthBefore.of(
    ['FUNNEL_STARTED'],
    started.map(({ key }) => key),
  );
  const growth = ({ people, previousPeople }: Omit<TrendingInsight, 'course'>) =>
    (people + SMALL) / ((previousPeople ?? SMALL) + SMALL);
  return started
    .flatMap(({ key, people }) => {
      const course = courseOf(catalog, key);
      const previousPeople = before('FUNNEL_STARTED', key)?.people ?? null;
      return course === null || people <= (previousPeople ?? SMALL) ? [] : [{ course, people, previousPeople }];
    })
    .sort((a, b) => growth(b) - growth(a) || b.people - a.people || (a.course.id < b.course.id ? -1 : 1))
    .slice(0, first);
}

function courseOf(catalog: CatalogSnapshot, courseId: string): Course | null {
  return catalog.courses[catalog.courseIndexById.get(courseId) ?? -1] ?? null;
}

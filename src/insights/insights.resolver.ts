import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root } from 'type-graphql';
import { Access, isAdmin, type Viewer } from '../platform/access/access.js';
import { DomainError } from '../platform/errors.js';
import { clampFirst } from '../platform/graphql/connection.js';
import { requireIds } from '../platform/rowChecks.js';
import { checkText } from '../platform/text.js';
import {
  activeHourInsights,
  channelInsights,
  deviceInsights,
  formatInsights,
  funnelInsights,
  pageInsights,
  type SearchInsight,
  type SearchList,
  searchInsights,
  searchTotals,
  skillDemands,
  trendingInsights,
  unfinishedCourses,
  unfinishedTotals,
} from './insightSections.js';
import type { InsightsService } from './insights.service.js';
import {
  ActiveHourInsightType,
  ChannelInsightType,
  DeviceInsightType,
  FormatInsightType,
  FunnelInsightType,
  InsightPeriodInput,
  InsightPictureEnum,
  InsightSubjectInput,
  InsightsType,
  InsightTableEnum,
  PageInsightType,
  SearchesInsightType,
  SearchInsightType,
  SkillDemandType,
  TrendingInsightType,
  UnfinishedCourseType,
  UnfinishedInsightType,
} from './insights.types.js';
import { type InsightTable, insightCsv } from './insightTables.js';
import { type InsightPicture, insightPicture } from './pictures/insightPictures.js';
import type { TalliedGroup } from './told/monthTally.js';

const MAX_LABEL = 200;
/** What only the person and administrators see of a person, as of a profile: see `LearnerProfile`. */
const PRIVATE_TABLES: readonly InsightTable[] = ['SEARCHES', 'SKILLS', 'ACTIVE_HOURS', 'PAGES'];
const PRIVATE_PICTURES: readonly InsightPicture[] = ['SEARCHES', 'ACTIVE_HOURS'];

const HOW_MANY = 'How many; 10 when left out, at most 100.';
/** Each is worth its fields; the figures of a section are read in a query or two. */
const byFirst = ({ args, childComplexity }: { args: { first?: number | null }; childComplexity: number }): number =>
  1 + clampFirst(Math.max(0, args.first ?? 10)) * childComplexity;

@Resolver()
export class InsightsQueryResolver {
  readonly #insights: InsightsService;

  constructor(insights: InsightsService) {
    this.#insights = insights;
  }

  @Access({ roles: ['LEARNER', 'MANAGER', 'LD_EDITOR', 'LD_ANALYST'], learnerArg: 'subject.learnerId' })
  @Query(() => InsightsType, {
    description:
      'Digital body language: searches and what came of them, courses left unfinished and where, active hours, pages, ' +
      'devices, trends, and the way from shown to completed. Learners may ask for themselves, managers for their reports, ' +
      'but for what is private to a person; L&D staff for groups and for everybody, never for a person.',
  })
  async insights(
    @Arg('subject', () => InsightSubjectInput, { description: 'Whom they are about.' }) subject: InsightSubjectInput,
    @Arg('period', () => InsightPeriodInput, { nullable: true, description: 'When; the last year when left out.' })
    period: InsightPeriodInput | null | undefined,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<InsightsType> {
    const asked = { from: period?.from ?? null, until: period?.until ?? null };
    const learnerId = subject.learnerId ?? null;
    if (learnerId !== null) requireIds('subject.learnerId', [learnerId]);
    const group = groupOf(subject);
    if (learnerId !== null && group !== null) throw severalSubjects();
    const seesPrivate = learnerId === null || (await this.#seesPrivate(viewer, learnerId));
    const view =
      learnerId === null
        ? await this.#insights.ofGroup(group ?? { kind: 'ORGANISATION', value: '' }, asked)
        : await this.#insights.ofPerson(learnerId, asked);
    const { from, until, asOf, missingMonths, active } = view;
    return {
      ...{ view, seesPrivate, subject: view.subject, from, until, asOf, missingMonths },
      ...{ people: active?.people ?? null, events: active?.events ?? null },
    };
  }

  /**
   * Staff may name any learner elsewhere; what somebody did in person is for themself and, in part, for their manager.
   *
   * @throws DomainError FORBIDDEN
   */
  async #seesPrivate(viewer: Viewer, learnerId: string): Promise<boolean> {
    if (isAdmin(viewer)) return true;
    if (viewer.kind === 'PERSON') {
      if (viewer.learnerId === learnerId) return true;
      const isManager = viewer.roles.includes('MANAGER');
      if (isManager && (await this.#insights.isReport(viewer.learnerId, learnerId))) return false;
    }
    throw new DomainError('FORBIDDEN', 'You may ask for yourself, for your reports, and as L&D staff for groups.');
  }
}

/** Null: everybody, or a person. */
function groupOf({ department, location, roleId }: InsightSubjectInput): TalliedGroup | null {
  const named = [
    { kind: 'DEPARTMENT', value: department ?? null } as const,
    { kind: 'LOCATION', value: location ?? null } as const,
    { kind: 'ROLE', value: roleId ?? null } as const,
  ].flatMap(({ kind, value }) => (value === null ? [] : [{ kind, value }]));
  if (named.length > 1) throw severalSubjects();
  const [group] = named;
  const problem = group === undefined ? null : checkText(group.value, { maxLength: MAX_LABEL });
  if (problem !== null) throw new DomainError('BAD_USER_INPUT', `\`subject\` ${problem}.`, { argument: 'subject' });
  return group ?? null;
}

const severalSubjects = () =>
  new DomainError('BAD_USER_INPUT', '`subject` names more than one: groups must not be cut to size.', {
    argument: 'subject',
  });

function requireOpen({ seesPrivate }: InsightsType, isPrivate: boolean): void {
  if (isPrivate && !seesPrivate) throw new DomainError('FORBIDDEN', 'This is private to the person.');
}

@Resolver(() => InsightsType)
export class InsightsResolver {
  @FieldResolver(() => SearchesInsightType, {
    nullable: true,
    description: 'What people searched for, and what came of it; null: private to the person.',
  })
  async searches(@Root() { view, seesPrivate }: InsightsType): Promise<SearchesInsightType | null> {
    if (!seesPrivate) return null;
    const totals = await searchTotals(view.cells);
    return {
      view,
      people: totals?.people ?? null,
      searches: totals?.events ?? null,
      zeroResults: totals?.zeroResults ?? null,
      noClicks: totals?.noClicks ?? null,
      reformulated: totals?.reformulated ?? null,
    };
  }

  @FieldResolver(() => [SkillDemandType], {
    nullable: true,
    complexity: byFirst,
    description: 'Demand for skills against supply, by what people search for, most people first; null: private.',
  })
  async skills(
    @Root() { view, seesPrivate }: InsightsType,
    @Arg('first', () => Int, { nullable: true, description: HOW_MANY }) first: number | null | undefined,
  ): Promise<readonly SkillDemandType[] | null> {
    return seesPrivate ? await skillDemands(view.cells, view.catalog, view.now, clampFirst(first)) : null;
  }

  @FieldResolver(() => UnfinishedInsightType, {
    nullable: true,
    description: 'Courses that people began and did not finish, all together; null: it is not told, or there are none.',
  })
  async unfinished(@Root() { view }: InsightsType): Promise<UnfinishedInsightType | null> {
    return await unfinishedTotals(view.cells);
  }

  @FieldResolver(() => [UnfinishedCourseType], {
    complexity: byFirst,
    description: 'The same course by course, those that most people left first.',
  })
  async unfinishedCourses(
    @Root() { view }: InsightsType,
    @Arg('first', () => Int, { nullable: true, description: HOW_MANY }) first: number | null | undefined,
  ): Promise<readonly UnfinishedCourseType[]> {
    return await unfinishedCourses(view.cells, view.catalog, clampFirst(first));
  }

  @FieldResolver(() => [ActiveHourInsightType], {
    nullable: true,
    complexity: ({ childComplexity }) => 1 + 168 * childComplexity,
    description: 'Hours of the local week that are told, from Monday 00:00 on; null: private to the person.',
  })
  async activeHours(@Root() { view, seesPrivate }: InsightsType): Promise<readonly ActiveHourInsightType[] | null> {
    return seesPrivate ? await activeHourInsights(view.cells) : null;
  }

  @FieldResolver(() => [PageInsightType], {
    nullable: true,
    complexity: byFirst,
    description: 'Pages of the portal, those of most people first; null: private to the person.',
  })
  async pages(
    @Root() { view, seesPrivate }: InsightsType,
    @Arg('first', () => Int, { nullable: true, description: HOW_MANY }) first: number | null | undefined,
  ): Promise<readonly PageInsightType[] | null> {
    return seesPrivate ? await pageInsights(view.cells, clampFirst(first)) : null;
  }

  @FieldResolver(() => [DeviceInsightType], { description: 'What things were done on, most people first.' })
  async devices(@Root() { view }: InsightsType): Promise<readonly DeviceInsightType[]> {
    return await deviceInsights(view.cells);
  }

  @FieldResolver(() => [ChannelInsightType], { description: 'How things reached people, most people first.' })
  async channels(@Root() { view }: InsightsType): Promise<readonly ChannelInsightType[]> {
    return await channelInsights(view.cells);
  }

  @FieldResolver(() => [FormatInsightType], { description: 'Kinds of courses that people were at, most people first.' })
  async formats(@Root() { view }: InsightsType): Promise<readonly FormatInsightType[]> {
    return await formatInsights(view.cells);
  }

  @FieldResolver(() => [TrendingInsightType], {
    complexity: byFirst,
    description:
      'Courses begun in the last month of the period by at least five people and by more than in the month before, ' +
      'greatest growth first; none of a person.',
  })
  async trending(
    @Root() { view }: InsightsType,
    @Arg('first', () => Int, { nullable: true, description: HOW_MANY }) first: number | null | undefined,
  ): Promise<readonly TrendingInsightType[]> {
    const { lastMonths, catalog } = view;
    if (lastMonths === null) return [];
    return await trendingInsights(lastMonths.latest, lastMonths.before, catalog, clampFirst(first));
  }

  @FieldResolver(() => [FunnelInsightType], { description: 'From shown to completed; stages that are told, in order.' })
  async funnel(@Root() { view }: InsightsType): Promise<readonly FunnelInsightType[]> {
    return await funnelInsights(view.cells);
  }

  @FieldResolver(() => String, {
    complexity: 100,
    description:
      'A section as CSV by RFC 4180, at most 1,000 rows. Texts that a spreadsheet would take for a formula get an ' +
      'apostrophe in front. Refused where the section is private to the person.',
  })
  async csv(
    @Root() insights: InsightsType,
    @Arg('table', () => InsightTableEnum, { description: 'Which section.' }) table: InsightTable,
  ): Promise<string> {
    requireOpen(insights, PRIVATE_TABLES.includes(table));
    return await insightCsv(insights.view, table);
  }

  @FieldResolver(() => String, {
    complexity: 100,
    description:
      'A section as a picture: an SVG document with a description, for light and dark ground. Refused where the section ' +
      'is private to the person.',
  })
  async svg(
    @Root() insights: InsightsType,
    @Arg('picture', () => InsightPictureEnum, { description: 'Which section.' }) picture: InsightPicture,
  ): Promise<string> {
    requireOpen(insights, PRIVATE_PICTURES.includes(picture));
    return await insightPicture(insights.view, picture);
  }
}

@Resolver(() => SearchesInsightType)
export class SearchesInsightResolver {
  @FieldResolver(() => [SearchInsightType], {
    complexity: byFirst,
    description: 'Terms that most people searched for, whatever came of it.',
  })
  async top(
    @Root() searches: SearchesInsightType,
    @Arg('first', () => Int, { nullable: true, description: HOW_MANY }) first: number | null | undefined,
  ): Promise<readonly SearchInsight[]> {
    return await listOf(searches, 'SEARCH', first);
  }

  @FieldResolver(() => [SearchInsightType], {
    complexity: byFirst,
    description: 'Terms that found nothing, for most people first.',
  })
  async zeroResult(
    @Root() searches: SearchesInsightType,
    @Arg('first', () => Int, { nullable: true, description: HOW_MANY }) first: number | null | undefined,
  ): Promise<readonly SearchInsight[]> {
    return await listOf(searches, 'SEARCH_ZERO', first);
  }

  @FieldResolver(() => [SearchInsightType], {
    complexity: byFirst,
    description: 'Terms that found something, after which nothing was opened, by most people first.',
  })
  async noClick(
    @Root() searches: SearchesInsightType,
    @Arg('first', () => Int, { nullable: true, description: HOW_MANY }) first: number | null | undefined,
  ): Promise<readonly SearchInsight[]> {
    return await listOf(searches, 'SEARCH_NO_CLICK', first);
  }

  @FieldResolver(() => [SearchInsightType], {
    name: 'reformulatedTerms',
    complexity: byFirst,
    description: 'Terms that people tried again in other words, most people first.',
  })
  async reformulatedTerms(
    @Root() searches: SearchesInsightType,
    @Arg('first', () => Int, { nullable: true, description: HOW_MANY }) first: number | null | undefined,
  ): Promise<readonly SearchInsight[]> {
    return await listOf(searches, 'SEARCH_REFORMULATED', first);
  }
}

const listOf = ({ view }: SearchesInsightType, list: SearchList, first: number | null | undefined) =>
  searchInsights(view.cells, list, clampFirst(first));

import type { DataSource } from 'typeorm';
import type { Campaign } from '../../campaigns/campaign.js';
import type { CampaignsService } from '../../campaigns/campaigns.service.js';
import type { CatalogService } from '../../catalog/catalog.service.js';
import type { ExperimentsService } from '../../experiments/experiments.service.js';
import type { Goal, GoalMetric } from '../../goals/goal.js';
import type { GoalsService } from '../../goals/goals.service.js';
import type { KpisService } from '../../goals/kpis/kpis.service.js';
import { AudienceFigures, type AudienceShape } from '../../learners/fewPeople/audienceFigures.js';
import type { LearnersService } from '../../learners/learners.service.js';
import { DomainError } from '../../platform/errors.js';
import type { RuleSetService } from '../../rules/ruleSets.service.js';
import { AudienceSplitter } from './audienceSides.js';
import { type BlurOf, blurredBy } from './blur.js';
import { type CampaignMetric, campaignGoalStudy, campaignStudy } from './campaignStudy.js';
import { experimentStudies, type Participant } from './experimentStudies.js';
import { GoalSubjects, isKnownBefore } from './goalSubject.js';
import { type Impact, impactOf, impactsOf } from './impact.js';
import { ImpactStore, type Met } from './impact.store.js';
import { RuleSubjects } from './ruleSubject.js';
import type { FoundStudy, Study } from './study.js';
import type { ImpactSubject } from './subject.js';
import { daysWatched, type WatchedTimes, watchedAlike, watchedTimes } from './watched.js';

/** What became of something that was tried. */
export interface SubjectImpact {
  readonly subject: ImpactSubject;
  readonly name: string;
  /** Whether anything may be told of whom it was for. */
  readonly isTold: boolean;
  /** One for each treatment; at least one. */
  readonly impacts: readonly Impact[];
  /** By the metric of the goal that a campaign serves; null: it serves none, or one of skills, or it is no campaign. */
  readonly onGoal: GoalImpact | null;
  readonly asOf: Date;
}

/** What a campaign did for the goal that it serves. */
export interface GoalImpact {
  readonly goalId: string;
  readonly goalName: string;
  readonly impact: Impact;
}

interface Sources {
  readonly experiments: ExperimentsService;
  readonly campaigns: CampaignsService;
  readonly ruleSets: RuleSetService;
  readonly goals: GoalsService;
  readonly kpis: KpisService;
  readonly catalog: CatalogService;
  readonly learners: LearnersService;
}

/** Tells what became of people, from the log and from who was kept apart. Reads any table, writes none. */
export class ImpactService {
  readonly #store: ImpactStore;
  readonly #sources: Sources;
  readonly #rules: RuleSubjects;
  readonly #goals: GoalSubjects;
  readonly #clock: () => Date;
  readonly #secret: () => Uint8Array;

  /** @param secret by which figures are drawn that are not told as they are */
  constructor(dataSource: DataSource, sources: Sources, clock: () => Date, secret: () => Uint8Array) {
    this.#store = new ImpactStore(dataSource);
    this.#sources = sources;
    const audiences = new AudienceSplitter(sources.learners);
    const blursOf = (kind: ImpactSubject['kind']) => (audience: AudienceShape) => this.#blursOf(kind, audience);
    this.#rules = new RuleSubjects(this.#store, sources.ruleSets, sources.catalog, audiences, blursOf('RULE'));
    this.#goals = new GoalSubjects(this.#store, sources.goals, sources.kpis, audiences, blursOf('GOAL'));
    this.#clock = clock;
    this.#secret = secret;
  }

  /**
   * @param smallestEffect from which on a difference matters, above 0, in the unit of the metric; null: what is usual
   * @throws DomainError NOT_FOUND, BAD_USER_INPUT for something that has not begun or compares nothing
   */
  async impact(subject: ImpactSubject, smallestEffect: number | null): Promise<SubjectImpact> {
    if (smallestEffect !== null && !(smallestEffect > 0 && Number.isFinite(smallestEffect))) {
      throw new DomainError('BAD_USER_INPUT', 'smallestEffect must be above 0.', { argument: 'smallestEffect' });
    }
    const asOf = this.#clock();
    const { name, audience, studies, onGoal } = await this.#studies(subject, smallestEffect, asOf);
    const goal = onGoal && { goalId: onGoal.goalId, goalName: onGoal.goalName, impact: impactOf(onGoal.study) };
    const { isTold } = this.#figuresOf(audience);
    return { subject, name, isTold, impacts: impactsOf(studies), onGoal: goal, asOf };
  }

  #figuresOf(audience: AudienceShape): AudienceFigures {
    return new AudienceFigures(audience, this.#secret());
  }

  #blursOf(kind: ImpactSubject['kind'], audience: AudienceShape): BlurOf {
    return blurredBy(this.#figuresOf(audience), kind);
  }

  async #studies(subject: ImpactSubject, smallestEffect: number | null, asOf: Date): Promise<Named> {
    switch (subject.kind) {
      case 'EXPERIMENT':
        return await this.#experiment(subject.id, smallestEffect, asOf);
      case 'CAMPAIGN':
        return await this.#campaign(subject.id, smallestEffect, asOf);
      case 'RULE':
        return alone(await this.#rules.study(subject.id, smallestEffect, asOf));
      case 'GOAL':
        return alone(await this.#goals.study(subject.id, smallestEffect, asOf));
    }
  }

  async #experiment(id: string, smallestEffect: number | null, asOf: Date): Promise<Named> {
    const experiment = await this.#sources.experiments.experiment(id);
    if (experiment.startedAt === null) throw notBegun(`The experiment "${id}"`);
    if (experiment.definition.mode === 'INTERLEAVED') {
      throw new DomainError(
        'BAD_USER_INPUT',
        'Lists of this experiment are drawn from both variants, so nobody was without either. Ask for its ' +
          '`experimentPreference`.',
        { argument: 'experimentId' },
      );
    }
    const until = earlier(experiment.endedAt, asOf);
    const met = await this.#store.exposed(id);
    const participants = await this.#participants(met, watchedTimes(met, until), []);
    const terms = { days: daysWatched(met, until), smallestEffect };
    return {
      name: experiment.definition.name,
      audience: experiment.definition.audience,
      studies: experimentStudies(
        experiment,
        participants,
        terms,
        this.#blursOf('EXPERIMENT', experiment.definition.audience),
      ),
      onGoal: null,
    };
  }

  async #campaign(id: string, smallestEffect: number | null, asOf: Date): Promise<Named> {
    const campaign = await this.#sources.campaigns.find(id);
    if (campaign.startedAt === null) throw notBegun(`The campaign "${id}"`);
    const until = earlier(campaign.endedAt, asOf);
    const met = await this.#store.members(id);
    const isDrawn = campaign.content.holdoutPercent > 0;
    const times = isDrawn ? watchedTimes(met, until) : watchedAlike(met, until);
    const participants = await this.#participants(met, times, coursesOf(campaign));
    const terms = { days: daysWatched(met, until), smallestEffect };
    const goal = await this.#goalServed(campaign);
    const comparisons = goal === null ? 1 : 2;
    const { name, audience } = campaign.content;
    return {
      ...{ name, audience },
      studies: [campaignStudy(campaign.content, participants, terms, comparisons, this.#blursOf('CAMPAIGN', audience))],
      onGoal: goal && {
        goalId: goal.id,
        goalName: goal.name,
        study: await this.#onGoal(campaign, goal, met, times, { days: terms.days, comparisons }),
      },
    };
  }

  /** Null: none whose metric can be told of earlier. */
  async #goalServed({ content }: Campaign): Promise<Goal | null> {
    const found = content.goalId === null ? null : await this.#sources.goals.goal(content.goalId);
    return found !== null && isKnownBefore(found.goal.metric) ? found.goal : null;
  }

  async #onGoal(
    { content }: Campaign,
    { metric, counterMetric }: Goal,
    met: readonly Met[],
    times: readonly WatchedTimes[],
    terms: { readonly days: number; readonly comparisons: number },
  ): Promise<Study> {
    const blurOf = this.#blursOf('CAMPAIGN', content.audience);
    const by = async (wanted: GoalMetric): Promise<CampaignMetric> => {
      const figures = await this.#goals.figures(wanted, times);
      const people = met.flatMap(({ arm }, i) => {
        const figure = figures[i] ?? null;
        return figure === null ? [] : [{ arm, ...figure }];
      });
      return await this.#goals.told(wanted, null, people, ({ arm }) => arm === 'HELD_OUT', blurOf);
    };
    const isCountered = counterMetric !== null && content.holdoutPercent > 0 && isKnownBefore(counterMetric);
    return campaignGoalStudy(content, await by(metric), isCountered ? await by(counterMetric) : null, terms);
  }

  /**
   * What each did since they were met, and before.
   *
   * @param times in the order of the people
   * @param courseIds of these, also where they are assigned; none: of all courses but those that are
   */
  async #participants(
    met: readonly Met[],
    times: readonly WatchedTimes[],
    courseIds: readonly string[],
  ): Promise<Participant[]> {
    const scope = { courseIds, withAssigned: courseIds.length > 0 };
    const after = await this.#store.outcomes(
      times.map((time) => time.after),
      scope,
    );
    const before = await this.#store.outcomes(
      times.map((time) => time.before),
      scope,
    );
    return met.flatMap(({ unitId, arm }, i) => {
      const [own, earlierOn] = [after[i], before[i]];
      return own === undefined || earlierOn === undefined ? [] : [{ unitId, arm, after: own, before: earlierOn }];
    });
  }
}

interface Named {
  readonly name: string;
  readonly audience: AudienceShape;
  readonly studies: readonly Study[];
  readonly onGoal: (Pick<GoalImpact, 'goalId' | 'goalName'> & { readonly study: Study }) | null;
}

const coursesOf = ({ content }: Campaign): readonly string[] => content.courseIds;

const earlier = (end: Date | null, now: Date): Date => (end !== null && end < now ? end : now);

function notBegun(what: string): DomainError {
  return new DomainError('BAD_USER_INPUT', `${what} has not begun, so nothing became of it yet; start it first.`);
}

const alone = ({ study, ...found }: FoundStudy): Named => ({
  ...found,
  studies: [study],
  onGoal: null,
});

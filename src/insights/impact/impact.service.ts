import type { DataSource } from 'typeorm';
import type { Campaign } from '../../campaigns/campaign.js';
import type { CampaignsService } from '../../campaigns/campaigns.service.js';
import type { CatalogService } from '../../catalog/catalog.service.js';
import type { ExperimentsService } from '../../experiments/experiments.service.js';
import type { GoalsService } from '../../goals/goals.service.js';
import type { KpisService } from '../../goals/kpis/kpis.service.js';
import type { LearnersService } from '../../learners/learners.service.js';
import { DomainError } from '../../platform/errors.js';
import type { RuleSetService } from '../../rules/ruleSets.service.js';
import { AudienceSplitter } from './audienceSides.js';
import { campaignStudy } from './campaignStudy.js';
import { experimentStudies, type Participant } from './experimentStudies.js';
import { GoalSubjects } from './goalSubject.js';
import { type Impact, impactOf } from './impact.js';
import { ImpactStore, type Met } from './impact.store.js';
import { RuleSubjects } from './ruleSubject.js';
import type { Study } from './study.js';
import type { ImpactSubject } from './subject.js';
import { daysWatched, type WatchedTimes, watchedAlike, watchedTimes } from './watched.js';

/** What became of something that was tried. */
export interface SubjectImpact {
  readonly subject: ImpactSubject;
  readonly name: string;
  /** One for each treatment; at least one. */
  readonly impacts: readonly Impact[];
  readonly asOf: Date;
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

  constructor(dataSource: DataSource, sources: Sources, clock: () => Date) {
    this.#store = new ImpactStore(dataSource);
    this.#sources = sources;
    const audiences = new AudienceSplitter(sources.learners, sources.catalog);
    this.#rules = new RuleSubjects(this.#store, sources.ruleSets, sources.catalog, audiences);
    this.#goals = new GoalSubjects(this.#store, sources.goals, sources.kpis, audiences);
    this.#clock = clock;
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
    const { name, studies } = await this.#studies(subject, smallestEffect, asOf);
    return { subject, name, impacts: studies.map(impactOf), asOf };
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
    return { name: experiment.definition.name, studies: experimentStudies(experiment, participants, terms) };
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
    return { name: campaign.content.name, studies: [campaignStudy(campaign.content, participants, terms)] };
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
  readonly studies: readonly Study[];
}

const coursesOf = ({ content }: Campaign): readonly string[] => content.courseIds;

const earlier = (end: Date | null, now: Date): Date => (end !== null && end < now ? end : now);

function notBegun(what: string): DomainError {
  return new DomainError('BAD_USER_INPUT', `${what} has not begun, so nothing became of it yet; start it first.`);
}

const alone = ({ name, study }: { readonly name: string; readonly study: Study }): Named => ({
  name,
  studies: [study],
});

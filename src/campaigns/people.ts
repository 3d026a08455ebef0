import type { CourseState } from '../learners/courseState.js';
import type { Learner } from '../learners/learner.js';
import type { LearnersService } from '../learners/learners.service.js';
import type { InputGatherer, LearnerEligibility } from '../recommendations/inputGatherer.js';
import type { LearningPathService } from '../recommendations/path/learningPath.service.js';
import { gapsOf } from '../recommendations/pipeline/learnerView.js';
import { personOf } from '../rules/applying/ruledPerson.js';
import { matchesAudience } from '../rules/model/audience.js';
import type { RuleAudience } from '../rules/model/rule.js';
import type { CampaignContent } from './campaign.js';
import { listedCourses, pathCourses } from './campaignCourses.js';
import { type CampaignStep, lastingAudience } from './look.js';
import type { CampaignCourse, CourseStanding } from './nextStep.js';
import { standingOf } from './standing.js';

/** Somebody as a campaign sees them. */
export interface CampaignPerson {
  readonly learner: Learner | null;
  /** Whether the lasting audience holds for them. */
  readonly isIn: boolean;
  standing(courseId: string): CourseStanding;
  courseState(courseId: string): CourseState | undefined;
  /**
   * What the campaign has for them, in order.
   *
   * @param steps     what was planned for them already
   * @param elsewhere what another campaign is about to bring: nothing is brought twice
   */
  courses(steps: readonly CampaignStep[], elsewhere: ReadonlySet<string>): Iterable<CampaignCourse>;
}

/** Tells campaigns who people are and what is open to them. */
export class CampaignPeople {
  readonly #gatherer: InputGatherer;
  readonly #learners: LearnersService;
  readonly #paths: LearningPathService;

  constructor(gatherer: InputGatherer, learners: LearnersService, paths: LearningPathService) {
    this.#gatherer = gatherer;
    this.#learners = learners;
    this.#paths = paths;
  }

  /** Those of the learners who are in an audience. */
  async inAudience(audience: RuleAudience, learnerIds: readonly string[]): Promise<readonly Learner[]> {
    const nowMs = this.#gatherer.now.getTime();
    if (audience.skillGap === null) {
      const learners = [...(await this.#learners.learners(learnerIds)).values()];
      return learners.filter((learner) =>
        matchesAudience(audience, personOf({ learner, learnerId: learner.id }, new Map()), nowMs),
      );
    }
    const found = await this.#gatherer.eligibility(learnerIds);
    return found.flatMap(({ state, ...known }) => {
      const isIn = matchesAudience(audience, personOf(state, gapsOf({ state, ...known })), nowMs);
      return isIn && state.learner !== null ? [state.learner] : [];
    });
  }

  /** In the order of the ids. */
  async of(
    content: Pick<CampaignContent, 'audience' | 'courseIds' | 'pathRoleId' | 'purpose'>,
    learnerIds: readonly string[],
  ): Promise<readonly CampaignPerson[]> {
    const found = await this.#gatherer.eligibility(learnerIds);
    const audience = lastingAudience(content.audience);
    return found.map((person) => this.#person(person, audience, content));
  }

  #person(
    { state, now, index, eligibility }: LearnerEligibility,
    audience: RuleAudience,
    { courseIds, pathRoleId, purpose }: Pick<CampaignContent, 'courseIds' | 'pathRoleId' | 'purpose'>,
  ): CampaignPerson {
    const standing = (courseId: string) =>
      standingOf(index.courses[index.positionById.get(courseId) ?? -1], eligibility, purpose);
    return {
      learner: state.learner,
      isIn: matchesAudience(audience, personOf(state, new Map()), now.getTime()),
      standing,
      courseState: (courseId) => eligibility.stateByCourseId.get(courseId),
      courses: (steps, elsewhere) => {
        const path = () => (this.#paths.pathOf(state, pathRoleId)?.steps ?? []).map(({ course }) => course.id);
        const standingHere = (courseId: string): CourseStanding => {
          const own = standing(courseId);
          return own === 'OPEN' && elsewhere.has(courseId) ? 'CLOSED' : own;
        };
        return pathRoleId === null ? listedCourses(courseIds, standingHere) : pathCourses(path, steps, standingHere);
      },
    };
  }
}

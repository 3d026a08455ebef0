import type { CatalogService } from '../../catalog/catalog.service.js';
import { primaryLanguage } from '../../catalog/course.js';
import type { LearnerState, LearnersService } from '../../learners/learners.service.js';
import { rolesOf } from '../../learners/skillGaps.js';
import { DomainError } from '../../platform/errors.js';
import type { InputGatherer } from '../inputGatherer.js';
import { createPathCatalogue, type LearningPath, learningPath, type PathCatalogue } from './learningPath.js';

/** The shortest ways from what learners can to what roles need. */
export class LearningPathService {
  readonly #catalog: CatalogService;
  readonly #learners: LearnersService;
  readonly #duties: Pick<InputGatherer, 'obliged'>;
  readonly #clock: () => Date;
  #catalogue: PathCatalogue | null = null;

  constructor(
    catalog: CatalogService,
    learners: LearnersService,
    duties: Pick<InputGatherer, 'obliged'>,
    clock: () => Date,
  ) {
    this.#catalog = catalog;
    this.#learners = learners;
    this.#duties = duties;
    this.#clock = clock;
  }

  /**
   * @param roleId null: the role they want, or else the one they have
   * @returns null when no role is named and they neither have nor want one
   * @throws DomainError NOT_FOUND when there is no such role, BAD_USER_INPUT for an id that nobody could have
   */
  async learningPath(learnerId: string, roleId: string | null): Promise<LearningPath | null> {
    const [obliged] = await this.#duties.obliged([learnerId]);
    return obliged === undefined ? null : this.pathOf(obliged.state, roleId);
  }

  /**
   * As `learningPath`, of a learner who is known already.
   *
   * @param state with what rules oblige them to
   */
  pathOf(state: LearnerState, roleId: string | null): LearningPath | null {
    const catalogue = this.#currentCatalogue();
    const { role: held, targetRole } = rolesOf(state.learner, catalogue.catalog.roles);
    const role = roleId === null ? (targetRole ?? held) : catalogue.catalog.roles.get(roleId);
    if (role === undefined) {
      throw new DomainError('NOT_FOUND', `There is no role "${(roleId ?? '').slice(0, 80)}".`, { argument: 'roleId' });
    }
    if (role === null) return null;
    const { learner } = state;
    return learningPath({
      catalogue,
      state,
      levels: this.#learners.combinedSkills(state),
      role,
      eligibility: {
        now: this.#clock(),
        languages: learner?.languages.length ? new Set(learner.languages.map(primaryLanguage)) : null,
        stateByCourseId: new Map(state.courses.map((course) => [course.courseId, course])),
        assignedCourseIds: new Set(state.assignments.map(({ courseId }) => courseId)),
        // A way to a role is not a list: what L&D promotes or bans there does not make it longer.
        rules: null,
      },
    });
  }

  #currentCatalogue(): PathCatalogue {
    const catalog = this.#catalog.snapshot;
    if (this.#catalogue?.catalog !== catalog) this.#catalogue = createPathCatalogue(catalog);
    return this.#catalogue;
  }
}

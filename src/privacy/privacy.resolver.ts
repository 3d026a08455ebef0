import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { z } from 'zod';
import { Access, nameOf, type Viewer } from '../platform/access/access.js';
import { requestErrors } from '../platform/graphql/batch.js';
import { clampFirst, decodeCursor, encodeCursor } from '../platform/graphql/connection.js';
import { requireIds } from '../platform/rowChecks.js';
import type { ExportedSection } from './exporter.js';
import type { LearnerPrivacy, PrivacyService } from './privacy.service.js';
import type { Erasure } from './privacy.store.js';
import {
  EraseLearnerPayload,
  ErasureType,
  ExportedSectionType,
  LearnerExportType,
  LearnerPrivacyPayload,
  LearnerPrivacyType,
  TableRetentionType,
} from './privacy.types.js';
import type { RetentionService } from './retention.service.js';

/** Whoever answers requests, and the person themself. */
const ANSWERED = { roles: ['PRIVACY', 'LEARNER'], learnerArg: 'learnerId' } as const;
const ANSWERERS = { roles: ['PRIVACY'] } as const;

const WHOM = { description: 'Your own id of the learner.' } as const;
const WHY = {
  description: 'Why, in up to 500 characters, for the audit log: better a case number than anything about the person.',
} as const;

/** What reading many rows for few costs the database, in values of an answer. */
const COST_OF_SECTION = 3_000;
const COST_OF_EXPORT = 5_000;

const cursorShape = z.object({ section: z.string(), after: z.record(z.string(), z.unknown()) });

@Resolver()
export class PrivacyResolver {
  readonly #privacy: PrivacyService;
  readonly #retention: RetentionService;

  constructor(privacy: PrivacyService, retention: RetentionService) {
    this.#privacy = privacy;
    this.#retention = retention;
  }

  @Access(ANSWERED)
  @Query(() => LearnerExportType, {
    description:
      'Everything that is stored about a learner: every section with its first rows. Learners may ask for themselves. ' +
      '`exportLearnerSection` gives the rows that follow.',
    complexity: ({ childComplexity }) => COST_OF_EXPORT + childComplexity,
  })
  async exportLearner(
    @Arg('learnerId', () => ID, WHOM) learnerId: string,
    @Ctx('signal') signal: AbortSignal,
    @Arg('first', () => Int, { nullable: true, description: 'Rows of each section; 10 when left out, at most 100.' })
    first?: number | null,
  ): Promise<LearnerExportType> {
    const { exportedAt, sections } = await this.#privacy.exportLearner(learnerId, clampFirst(first), signal);
    return { learnerId, exportedAt, sections: sections.map(sectionType) };
  }

  @Access(ANSWERED)
  @Query(() => ExportedSectionType, {
    description:
      'More rows of one section of an export. Of rows of others that name the learner only so many are looked through at ' +
      'once: a page may hold fewer than asked for, or none, and more come as long as there is an `endCursor`.',
    complexity: ({ childComplexity }) => COST_OF_SECTION + childComplexity,
  })
  async exportLearnerSection(
    @Arg('learnerId', () => ID, WHOM) learnerId: string,
    @Arg('section', () => String, { description: 'Name of the section.' }) section: string,
    @Ctx('signal') signal: AbortSignal,
    @Arg('first', () => Int, { nullable: true, description: 'How many rows; 10 when left out, at most 100.' })
    first?: number | null,
    @Arg('after', () => String, {
      nullable: true,
      description: '`endCursor` of the rows before; null: from the first.',
    })
    after?: string | null,
  ): Promise<ExportedSectionType> {
    const from = after == null ? null : decodeCursor(after, cursorShape.extend({ section: z.literal(section) })).after;
    const page = { first: clampFirst(first), after: from, signal };
    return sectionType(await this.#privacy.exportSection(learnerId, section, page));
  }

  @Access(ANSWERED)
  @Query(() => LearnerPrivacyType, { description: 'Whether a learner opted out, is restricted, or was erased.' })
  async learnerPrivacy(@Arg('learnerId', () => ID, WHOM) learnerId: string): Promise<LearnerPrivacyType> {
    return privacyType(await this.#privacy.learnerPrivacy(learnerId));
  }

  @Access(ANSWERERS)
  @Query(() => ErasureType, {
    nullable: true,
    description: 'An erasure with its proof; null: there is none with this id.',
  })
  async erasure(
    @Arg('id', () => ID, { description: 'As `eraseLearner` gave it.' }) id: string,
  ): Promise<ErasureType | null> {
    requireIds('id', [id]);
    const erasure = await this.#privacy.erasure(id);
    return erasure === null ? null : erasureType(erasure);
  }

  @Access(ANSWERERS)
  @Query(() => [TableRetentionType], {
    description: 'How long everything about people is kept, and what was deleted when, in the order of the features.',
  })
  async retention(): Promise<TableRetentionType[]> {
    return (await this.#retention.retention()).map(({ lastSweep, ...table }) => ({
      ...table,
      sweptAt: lastSweep?.sweptAt ?? null,
      deletedBefore: lastSweep?.deletedBefore ?? null,
      rowsDeleted: lastSweep?.rowsDeleted ?? 0,
      rowsDeletedEver: lastSweep?.rowsDeletedEver ?? 0,
    }));
  }

  @Access(ANSWERERS)
  @Mutation(() => EraseLearnerPayload, {
    description:
      'Erases a learner everywhere (GDPR, article 17): their rows are deleted; in what belongs to others (rules, ' +
      'experiments, goals, the audit log) a pseudonym takes their place; the next model is trained without them. Counts ' +
      'and means over many people stay. Once it answers it is stored and will be done; with little stored in all it is ' +
      'done already, else look at `erasure`. Asking again erases what came since. They do not come back by themselves: ' +
      '`upsertLearners` refuses them until `readmitLearner`.',
  })
  async eraseLearner(
    @Arg('learnerId', () => ID, WHOM) learnerId: string,
    @Arg('reason', () => String, WHY) reason: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<EraseLearnerPayload> {
    const { erasure, errors } = await this.#privacy.eraseLearner({ learnerId, reason, by: nameOf(viewer) });
    return { erasure: erasure && erasureType(erasure), userErrors: requestErrors(errors) };
  }

  @Access(ANSWERERS)
  @Mutation(() => LearnerPrivacyPayload, {
    description:
      'Restricts what is done with a learner’s data (GDPR, article 18), or ends that. While it holds everything is kept ' +
      'and what comes in is stored, but their lists and deliveries are not personal, and nothing of them goes into ' +
      'models, trends, insights, experiments, campaigns, goals or the reasons of others.',
  })
  async restrictLearner(
    @Arg('learnerId', () => ID, WHOM) learnerId: string,
    @Arg('reason', () => String, WHY) reason: string,
    @Arg('restricted', () => Boolean, { description: 'True: from now on; false: no more.' }) restricted: boolean,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<LearnerPrivacyPayload> {
    const errors = await this.#privacy.restrictLearner({ learnerId, reason, by: nameOf(viewer) }, restricted);
    return await this.#standing(learnerId, errors);
  }

  @Access(ANSWERERS)
  @Mutation(() => LearnerPrivacyPayload, {
    description: 'Lets a learner who was erased become known again, as if they were new; for somebody who comes back.',
  })
  async readmitLearner(
    @Arg('learnerId', () => ID, WHOM) learnerId: string,
    @Arg('reason', () => String, WHY) reason: string,
    @Ctx('viewer') viewer: Viewer,
  ): Promise<LearnerPrivacyPayload> {
    return await this.#standing(
      learnerId,
      await this.#privacy.readmitLearner({ learnerId, reason, by: nameOf(viewer) }),
    );
  }

  async #standing(
    learnerId: string,
    errors: Awaited<ReturnType<PrivacyService['readmitLearner']>>,
  ): Promise<LearnerPrivacyPayload> {
    const privacy = errors.length > 0 ? null : privacyType(await this.#privacy.learnerPrivacy(learnerId));
    return { privacy, userErrors: requestErrors(errors) };
  }
}

function sectionType({ endsAt, ...section }: ExportedSection): ExportedSectionType {
  const endCursor = endsAt === null ? null : encodeCursor({ section: section.name, after: endsAt });
  return { ...section, endCursor };
}

const privacyType = ({ erasure, ...privacy }: LearnerPrivacy): LearnerPrivacyType => ({
  ...privacy,
  erasure: erasure && erasureType(erasure),
});

function erasureType({ counts, remaining, ...erasure }: Erasure): ErasureType {
  const { learnerId: _, ...told } = erasure;
  return {
    ...told,
    erased: Object.entries(counts)
      .map(([table, rows]) => ({ table, ...rows }))
      .toSorted(byTable),
    remaining:
      remaining &&
      Object.entries(remaining)
        .map(([table, rows]) => ({ table, rows }))
        .toSorted(byTable),
  };
}

const byTable = (a: { readonly table: string }, b: { readonly table: string }): number => (a.table < b.table ? -1 : 1);

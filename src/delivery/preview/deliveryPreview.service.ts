import { coarseFiguresOf, SAMPLE_STEP } from '../../learners/fewPeople/coarseFigures.js';
import type { LearnersService } from '../../learners/learners.service.js';
import { DomainError } from '../../platform/errors.js';
import type { DraftViewsService } from '../../rules/draftViews.service.js';
import type { DeliveryRequest, DeliveryService } from '../delivery.service.js';
import type { DeliveryPolicy } from '../settings/deliveryPolicy.js';
import type { DeliveryPolicyService } from '../settings/deliveryPolicy.service.js';
import { coarseImpact, type PolicyImpact, policyImpact } from './policyImpact.js';

/** What somebody wants tried. */
export interface DeliveryPreviewRequest {
  readonly draftIds: readonly string[];
  readonly sampleSize: number;
  readonly request: Omit<DeliveryRequest, 'count' | 'from'>;
  /** Whether figures over fewer than five people may be told, and all others as they are. */
  readonly mayTellFew: boolean;
}

export const MOST_SAMPLED = 1_000;

const EVERYBODY = { departments: [], roleIds: [], locations: [], learnerIds: [] };

/** What drafts of the delivery policy would do. */
export class DeliveryPreviewService {
  readonly #delivery: DeliveryService;
  readonly #drafts: DraftViewsService;
  readonly #policies: DeliveryPolicyService;
  readonly #learners: LearnersService;
  readonly #secret: () => Uint8Array;

  constructor(
    delivery: DeliveryService,
    drafts: DraftViewsService,
    policies: DeliveryPolicyService,
    learners: LearnersService,
    secret: () => Uint8Array,
  ) {
    this.#delivery = delivery;
    this.#drafts = drafts;
    this.#policies = policies;
    this.#learners = learners;
    this.#secret = secret;
  }

  /**
   * Really plans the windows of a sample of everybody, as the policy is and as it would be; nothing is kept of it.
   *
   * @throws DomainError NOT_FOUND for a draft or course that there is not, or when none of the drafts changes the policy;
   *   BAD_USER_INPUT for a sample that may not be told of
   */
  async preview({ draftIds, sampleSize, request, mayTellFew }: DeliveryPreviewRequest): Promise<PolicyImpact> {
    requireSample(sampleSize, mayTellFew);
    const drafted = (await this.#drafts.draftedContent(draftIds)).settings.get(this.#policies.kind.kind);
    if (drafted === undefined) {
      const message = 'None of these drafts changes the delivery policy: see previewRules for what they do to lists.';
      throw new DomainError('NOT_FOUND', message, { argument: 'draftIds' });
    }
    const learnerIds = await this.#sample(sampleSize);
    const outlook = (policy: unknown) =>
      this.#delivery.outlook(learnerIds, { ...request, from: null }, policy as DeliveryPolicy);
    const exact = policyImpact(await outlook(drafted.before), await outlook(drafted.after));
    return mayTellFew ? exact : coarseImpact(exact, coarseFiguresOf(exact, this.#secret()));
  }

  async #sample(size: number): Promise<readonly string[]> {
    for await (const ids of this.#learners.people(EVERYBODY, size)) return ids;
    return [];
  }
}

function requireSample(sampleSize: number, mayTellFew: boolean): void {
  const isWithin = sampleSize >= 1 && sampleSize <= MOST_SAMPLED;
  if (isWithin && (mayTellFew || sampleSize % SAMPLE_STEP === 0)) return;
  throw new DomainError(
    'BAD_USER_INPUT',
    `\`sampleSize\` must be from ${SAMPLE_STEP} to ${MOST_SAMPLED}, and a multiple of ${SAMPLE_STEP} except for administrators.`,
    { argument: 'sampleSize', max: MOST_SAMPLED },
  );
}

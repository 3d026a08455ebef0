/** What an effect can be asked of. */
export const IMPACT_SUBJECTS = ['EXPERIMENT', 'CAMPAIGN', 'RULE', 'GOAL'] as const;
export type ImpactSubjectKind = (typeof IMPACT_SUBJECTS)[number];

export interface ImpactSubject {
  readonly kind: ImpactSubjectKind;
  readonly id: string;
}

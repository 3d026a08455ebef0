import 'reflect-metadata';
import {
  type DocumentNode,
  defaultFieldResolver,
  type FragmentDefinitionNode,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInputObjectType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { Extensions } from 'type-graphql';
import { DomainError } from '../errors.js';

/** What a person may be, as their token says. Everyone with a valid token is a learner of themself. */
export const ROLES = {
  LEARNER: 'an employee: sees themself',
  MANAGER: 'sees themself and the people who report to them',
  LD_EDITOR: 'L&D staff who change the catalogue, rules, experiments and goals',
  LD_ANALYST: 'L&D staff who read insights and results',
  PRIVACY: 'answers requests for export, erasure and restriction',
  ADMIN: 'may do everything, and is audited',
} as const;
export type Role = keyof typeof ROLES;

/** What a portal's key may do; an admin key needs no scope. */
export const SCOPES = {
  INGEST: 'write the catalogue, learners, activity and outcomes of deliveries',
  RECOMMEND: 'read recommendations and feeds of any learner',
  TIMING: 'read delivery suggestions, leave and mutes of any learner',
  DELIVER: 'plan deliveries to any learner, and fetch the messages of campaigns; other plans are read with TIMING',
  KPI: 'record KPIs and answers to surveys',
  CATALOG: 'read the catalogue',
  TRAIN: 'start training and read its results',
  METRICS: 'read /metrics',
} as const;
export type Scope = keyof typeof SCOPES;

export const KEY_ROLES = ['ADMIN', 'PORTAL'] as const;
export type KeyRole = (typeof KEY_ROLES)[number];

export interface KeyViewer {
  readonly kind: 'KEY';
  readonly keyId: string;
  readonly role: KeyRole;
  readonly scopes: readonly Scope[];
}

export interface PersonViewer {
  readonly kind: 'PERSON';
  /** `sub` of the token. */
  readonly learnerId: string;
  readonly roles: readonly Role[];
}

/** Who is asking. */
export type Viewer = { readonly kind: 'ANONYMOUS' } | KeyViewer | PersonViewer;

export const ANONYMOUS: Viewer = { kind: 'ANONYMOUS' };

/** Who it was, for a history that people read. */
export function nameOf(viewer: Viewer): string {
  if (viewer.kind === 'ANONYMOUS') return 'nobody';
  return viewer.kind === 'KEY' ? `key ${viewer.keyId}` : `person ${viewer.learnerId}`;
}

/**
 * For staff's own tools that show what one person did: staff may look at themselves, administrators at anybody.
 *
 * @throws DomainError FORBIDDEN
 */
export function requireSelf(viewer: Viewer, learnerId: string): void {
  if (isAdmin(viewer) || (viewer.kind === 'PERSON' && viewer.learnerId === learnerId)) return;
  throw new DomainError('FORBIDDEN', 'You may ask for yourself only: this shows what one person did.');
}

/** Who may select a field: people with one of the roles, keys with one of the scopes, and every admin. */
export interface AccessRule {
  readonly roles?: readonly Role[];
  readonly scopes?: readonly Scope[];
  /**
   * Root fields only: where the arguments name the learner or learners, from the outside in and joined by dots; lists on
   * the way are walked (`learnerId`, `learnerIds`, `input.learnerId`). Learners may name only themself there, managers
   * also the people who report to them.
   */
  readonly learnerArg?: string;
}

type Declaration = AccessRule | 'inherit';

const DECLARED = 'access:';
let declarations = 0;

/**
 * Says who may select a field. On a query or mutation: a rule. On an object type: the rule of all its fields that have
 * none of their own; `inherit` means whoever was allowed to reach the object.
 *
 * Rules of a class and of the class it extends both bind: type-graphql merges the two sets of extensions with the base
 * class winning, so each declaration has a key of its own lest a stricter rule be lost.
 */
export function Access(rule: Declaration): MethodDecorator & PropertyDecorator & ClassDecorator {
  declarations += 1;
  return Extensions({ [`${DECLARED}${declarations}`]: rule });
}

export const isAdmin = (viewer: Viewer): boolean =>
  (viewer.kind === 'KEY' && viewer.role === 'ADMIN') || (viewer.kind === 'PERSON' && viewer.roles.includes('ADMIN'));

export type Decision = 'ALLOWED' | 'UNAUTHENTICATED' | 'FORBIDDEN';

/** Whether the viewer's roles or scopes satisfy the rule; which learners they may name is `decideLearners`. */
export function decide(rule: AccessRule, viewer: Viewer): Decision {
  if (viewer.kind === 'ANONYMOUS') return 'UNAUTHENTICATED';
  if (isAdmin(viewer)) return 'ALLOWED';
  const allowed =
    viewer.kind === 'KEY'
      ? viewer.scopes.some((scope) => rule.scopes?.includes(scope))
      : viewer.roles.some((role) => rule.roles?.includes(role));
  return allowed ? 'ALLOWED' : 'FORBIDDEN';
}

/** The learners named that a viewer may ask about only if every one of them reports to the viewer; empty: no condition. */
export type LearnerDecision =
  | { readonly decision: 'FORBIDDEN' }
  | { readonly decision: 'ALLOWED'; readonly mustReport: readonly string[] };

/** Whether the viewer may name these learners in the rule's `learnerArg`; null: not all of them were named. */
export function decideLearners(
  rule: AccessRule,
  viewer: Viewer,
  learnerIds: readonly string[] | null,
): LearnerDecision {
  if (decide(rule, viewer) !== 'ALLOWED') return { decision: 'FORBIDDEN' };
  if (viewer.kind !== 'PERSON' || isAdmin(viewer)) return { decision: 'ALLOWED', mustReport: [] };
  const roles = viewer.roles.filter((role) => rule.roles?.includes(role));
  if (roles.some((role) => role !== 'LEARNER' && role !== 'MANAGER')) return { decision: 'ALLOWED', mustReport: [] };
  // Naming nobody could mean "everybody" to a resolver, so it is refused as well.
  if (learnerIds === null || learnerIds.length === 0) return { decision: 'FORBIDDEN' };
  const others = learnerIds.filter((id) => id !== viewer.learnerId);
  return others.length === 0 || roles.includes('MANAGER')
    ? { decision: 'ALLOWED', mustReport: others }
    : { decision: 'FORBIDDEN' };
}

/** One field of the schema with everything that must hold to select it; no rule: whoever reaches the object. */
export interface FieldAccess {
  /** `Type.field`. */
  readonly field: string;
  readonly isRoot: boolean;
  readonly rules: readonly AccessRule[];
}

/** The verdict over all rules of a field: the first that refuses decides. */
export function decideField(access: FieldAccess, viewer: Viewer): Decision {
  for (const rule of access.rules) {
    const decision = decide(rule, viewer);
    if (decision !== 'ALLOWED') return decision;
  }
  return 'ALLOWED';
}

type AnyField = GraphQLField<unknown, unknown>;

const declaredIn = (extensions: Readonly<Record<string, unknown>>): Declaration[] =>
  Object.entries(extensions)
    .filter(([key]) => key.startsWith(DECLARED))
    .map(([, rule]) => rule as Declaration);

function declarationsOf(type: GraphQLObjectType, field: AnyField): Declaration[] {
  const own = declaredIn(field.extensions);
  return own.length > 0 ? own : declaredIn(type.extensions);
}

const rulesOf = (type: GraphQLObjectType, field: AnyField): AccessRule[] =>
  declarationsOf(type, field).filter((rule) => rule !== 'inherit');

const rootTypesOf = (schema: GraphQLSchema): GraphQLObjectType[] =>
  [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter((type) => type != null);

const objectTypesOf = (schema: GraphQLSchema): GraphQLObjectType[] =>
  Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter((type) => !type.name.startsWith('__'));

/** Every field of every object type with its rules, in the order of type and field names. */
export function accessTable(schema: GraphQLSchema): FieldAccess[] {
  const roots = new Set(rootTypesOf(schema));
  return objectTypesOf(schema)
    .flatMap((type) =>
      Object.values(type.getFields()).map((field) => ({
        field: `${type.name}.${field.name}`,
        isRoot: roots.has(type),
        rules: rulesOf(type, field),
      })),
    )
    .sort((a, b) => (a.field < b.field ? -1 : a.field > b.field ? 1 : 0));
}

/**
 * Refuses a schema in which something was forgotten.
 *
 * @throws Error naming every field without a rule, every root field that only inherits, and every root field whose
 *         arguments name learners that its rule does not cover although learners or managers may call it
 */
export function assertEveryFieldHasAccess(schema: GraphQLSchema): void {
  const roots = new Set(rootTypesOf(schema));
  const problems = objectTypesOf(schema).flatMap((type) =>
    Object.values(type.getFields()).flatMap((field) => {
      const name = `${type.name}.${field.name}`;
      const declared = declarationsOf(type, field);
      if (declared.length === 0) return [`${name} has no access rule`];
      return roots.has(type) ? rootProblems(name, field, declared) : memberProblems(name, declared);
    }),
  );
  if (problems.length > 0) {
    throw new Error(`The schema is not safe to serve.\n${problems.map((p) => `  ${p}`).join('\n')}`);
  }
}

function memberProblems(name: string, declared: readonly Declaration[]): string[] {
  return declared.some((rule) => rule !== 'inherit' && rule.learnerArg !== undefined)
    ? [`${name} declares learnerArg, which is enforced on root fields only`]
    : [];
}

function rootProblems(name: string, field: AnyField, declared: readonly Declaration[]): string[] {
  const rules = declared.filter((rule) => rule !== 'inherit');
  if (rules.length === 0) return [`${name} is a root field and has nobody to inherit from`];
  const covered = rules.map((rule) => rule.learnerArg).filter((path) => path !== undefined);
  const named = learnerPaths(field.args);
  const unknown = covered
    .filter((path) => !argumentExists(field.args, path.split('.')))
    .map((path) => `${name} declares learnerArg "${path}" but has no such argument`);
  const open = rules.some((rule) => rule.roles?.some((role) => role === 'LEARNER' || role === 'MANAGER'));
  const uncovered = named
    .filter((path) => open && !covered.includes(path))
    .map((path) => `${name} admits learners or managers and takes "${path}", which no learnerArg covers`);
  return [...unknown, ...uncovered];
}

type InputValue = GraphQLArgument | GraphQLInputField;

/** Paths of all inputs called learnerId or learnerIds, through nested input objects. */
function learnerPaths(inputs: readonly InputValue[], prefix = '', open: ReadonlySet<string> = new Set()): string[] {
  return inputs.flatMap((input) => {
    const path = `${prefix}${input.name}`;
    if (input.name === 'learnerId' || input.name === 'learnerIds') return [path];
    const type = getNamedType(input.type);
    if (!isInputObjectType(type) || open.has(type.name)) return [];
    return learnerPaths(Object.values(type.getFields()), `${path}.`, new Set([...open, type.name]));
  });
}

function argumentExists(inputs: readonly InputValue[], path: readonly string[]): boolean {
  const input = inputs.find((candidate) => candidate.name === path[0]);
  if (input === undefined) return false;
  if (path.length === 1) return true;
  const type = getNamedType(input.type);
  return isInputObjectType(type) && argumentExists(Object.values(type.getFields()), path.slice(1));
}

/** Whether all these learners report to the manager directly. */
export type IsReport = (managerId: string, learnerIds: readonly string[]) => Promise<boolean>;

/** The part of a GraphQL context that access control reads. */
export interface AccessContext {
  readonly viewer: Viewer;
}

const secured = new WeakSet<GraphQLSchema>();

export const isSecured = (schema: GraphQLSchema): boolean => secured.has(schema);

/**
 * The same schema with its root fields guarded: each checks its rules and the learners named in its arguments before its
 * resolver runs. Fields below the root cost nothing at execution; `refusalOf` has checked them beforehand.
 *
 * @throws Error as `assertEveryFieldHasAccess`, or when the schema was secured before
 */
export function secureSchema(schema: GraphQLSchema, isReport: IsReport): GraphQLSchema {
  assertEveryFieldHasAccess(schema);
  if (secured.has(schema)) throw new Error('The schema was secured before.');
  for (const type of rootTypesOf(schema)) {
    for (const field of Object.values(type.getFields())) guard(type, field, isReport);
  }
  secured.add(schema);
  return schema;
}

function guard(type: GraphQLObjectType, field: AnyField, isReport: IsReport): void {
  const access: FieldAccess = { field: `${type.name}.${field.name}`, isRoot: true, rules: rulesOf(type, field) };
  const resolve = field.resolve ?? defaultFieldResolver;
  const subjects = access.rules.flatMap((rule) =>
    rule.learnerArg === undefined ? [] : [{ rule, path: rule.learnerArg.split('.') }],
  );
  field.resolve = (source, args, context, info) => {
    const { viewer } = context as AccessContext;
    const decision = decideField(access, viewer);
    if (decision !== 'ALLOWED') throw refusal(decision, access.field);
    const mustReport: string[] = [];
    for (const { rule, path } of subjects) {
      const verdict = decideLearners(rule, viewer, learnerIdsIn(args, path));
      if (verdict.decision === 'FORBIDDEN') throw notYours(access.field, rule);
      mustReport.push(...verdict.mustReport);
    }
    if (mustReport.length === 0) return resolve(source, args, context, info);
    if (viewer.kind !== 'PERSON') throw refusal('FORBIDDEN', access.field);
    return isReport(viewer.learnerId, [...new Set(mustReport)]).then((reports) => {
      if (!reports) throw new DomainError('FORBIDDEN', `${access.field}: you may ask for yourself and your reports.`);
      return resolve(source, args, context, info);
    });
  };
}

function notYours(field: string, rule: AccessRule): DomainError {
  return new DomainError(
    'FORBIDDEN',
    `${field}: you may ask for yourself only, so pass your own id as \`${rule.learnerArg}\`.`,
  );
}

/** The ids at a path through objects and lists; null when anything on the way is absent. */
function learnerIdsIn(value: unknown, path: readonly string[]): string[] | null {
  if (Array.isArray(value)) {
    const found = value.map((item) => learnerIdsIn(item, path));
    return found.every((ids) => ids !== null) ? found.flat() : null;
  }
  const [name, ...rest] = path;
  if (name === undefined) return typeof value === 'string' ? [value] : null;
  if (typeof value !== 'object' || value === null) return null;
  return learnerIdsIn((value as Readonly<Record<string, unknown>>)[name], rest);
}

function refusal(decision: 'UNAUTHENTICATED' | 'FORBIDDEN', field: string): DomainError {
  return decision === 'UNAUTHENTICATED'
    ? new DomainError('UNAUTHENTICATED', `${field} needs an API key or a token in the Authorization header.`, { field })
    : new DomainError('FORBIDDEN', `Your key or token does not permit ${field}.`, { field });
}

interface CheckedOperation {
  readonly fields: readonly FieldAccess[];
  /** Verdicts by class of viewer: at most one per combination of roles or scopes. */
  readonly verdicts: Map<string, DomainError | null>;
}

// Documents are kept and reused by the server's document store, so most requests only look a verdict up.
const checked = new WeakMap<OperationDefinitionNode, CheckedOperation>();

/**
 * Why this viewer may not run the operation: the first field that its rules forbid, in any fragment, whatever `@skip`
 * and `@include` say; null when all may be selected. A field of an interface or union is refused when it is forbidden on
 * any type that could be found there.
 */
export function refusalOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  viewer: Viewer,
): DomainError | null {
  let known = checked.get(operation);
  if (known === undefined) {
    known = { fields: selectedFields(schema, document, operation), verdicts: new Map() };
    checked.set(operation, known);
  }
  const kind = viewerClass(viewer);
  let verdict = known.verdicts.get(kind);
  if (verdict === undefined) {
    verdict = null;
    for (const access of known.fields) {
      const decision = decideField(access, viewer);
      if (decision === 'ALLOWED') continue;
      verdict = refusal(decision, access.field);
      break;
    }
    known.verdicts.set(kind, verdict);
  }
  return verdict;
}

const ROLE_NAMES = Object.keys(ROLES);
const SCOPE_NAMES = Object.keys(SCOPES);

const bitsOf = (values: readonly string[], all: readonly string[]): number =>
  values.reduce((bits, value) => bits | (1 << all.indexOf(value)), 0);

/** Equal for viewers whom no rule can tell apart, leaving aside which learners they name. */
function viewerClass(viewer: Viewer): string {
  if (viewer.kind === 'ANONYMOUS') return 'anonymous';
  if (isAdmin(viewer)) return 'admin';
  return viewer.kind === 'KEY'
    ? `key ${bitsOf(viewer.scopes, SCOPE_NAMES)}`
    : `person ${bitsOf(viewer.roles, ROLE_NAMES)}`;
}

/** The schema itself may be read by everyone who is known. */
const ANYONE_KNOWN: AccessRule = { roles: Object.keys(ROLES) as Role[], scopes: Object.keys(SCOPES) as Scope[] };

/** Everything an operation selects, in document order and without repeats. The document must be valid. */
function selectedFields(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): FieldAccess[] {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const root = schema.getRootType(operation.operation);
  const found = new Map<string, FieldAccess>();
  const visited = new Set<string>();

  const typeNamed = (name: string): GraphQLCompositeType | null => {
    const type = schema.getType(name);
    return isCompositeType(type) ? type : null;
  };
  const possible = (type: GraphQLCompositeType): readonly GraphQLObjectType[] =>
    isObjectType(type) ? [type] : schema.getPossibleTypes(type);

  function visit(selections: SelectionSetNode, parent: GraphQLCompositeType): void {
    for (const selection of selections.selections) {
      if (selection.kind === Kind.FIELD) {
        const name = selection.name.value;
        if (name === '__typename') continue;
        if (name === '__schema' || name === '__type') {
          found.set(name, { field: name, isRoot: true, rules: [ANYONE_KNOWN] });
          continue;
        }
        const inner = new Set<GraphQLCompositeType>();
        for (const type of possible(parent)) {
          const field = type.getFields()[name];
          if (field === undefined) continue;
          const coordinate = `${type.name}.${name}`;
          found.set(coordinate, { field: coordinate, isRoot: type === root, rules: rulesOf(type, field) });
          const target = getNamedType(field.type);
          if (isCompositeType(target)) inner.add(target);
        }
        if (selection.selectionSet === undefined) continue;
        for (const type of inner) visit(selection.selectionSet, type);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const type = selection.typeCondition === undefined ? parent : typeNamed(selection.typeCondition.name.value);
        if (type !== null) visit(selection.selectionSet, type);
      } else {
        const fragment = fragments.get(selection.name.value);
        const type = fragment === undefined ? null : typeNamed(fragment.typeCondition.name.value);
        if (fragment === undefined || type === null || visited.has(fragment.name.value)) continue;
        visited.add(fragment.name.value);
        visit(fragment.selectionSet, type);
      }
    }
  }

  if (root != null) visit(operation.selectionSet, root);
  return [...found.values()];
}

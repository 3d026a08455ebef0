import { z } from 'zod';
import type { RetentionDays } from './personalData.js';
import { isValidZone } from './zonedTime.js';

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

const flag = (standard: 'true' | 'false') =>
  z
    .enum(['true', 'false'])
    .default(standard)
    .transform((v) => v === 'true');
const whole = (min: number, max: number, standard: number) =>
  z.coerce.number().int().min(min).max(max).default(standard);
/** Days that something is kept: 0 for ever, or at least `min`, lest what was decided cannot be explained any more. */
const keptDays = (min: number, standard: number) =>
  whole(0, 36_500, standard).refine((days) => days === 0 || days >= min, `must be 0 or at least ${min}`);
const timezone = z.string().refine(isValidZone, 'is not an IANA time zone such as Europe/Berlin');

/** Every setting of the service, read once from the environment. The README's table is written from this list. */
const schema = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres:// or postgresql://')
    .optional(),
  DATABASE_POOL_SIZE: whole(1, 200, 10),
  DATABASE_CONNECT_TIMEOUT_MS: whole(100, 60_000, 2_000),
  DATABASE_QUERY_TIMEOUT_MS: whole(100, 600_000, 30_000),
  DATA_DIR: z.string().min(1).default('./data'),
  WORKERS: whole(1, 256, 1),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: whole(0, 65_535, 4_000),
  ALLOWED_HOSTS: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((host) => host.trim().toLowerCase())
        .filter((host) => host !== ''),
    ),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  INTROSPECTION: flag('true'),
  METRICS_OPEN: flag('false'),
  REQUEST_TIMEOUT_MS: whole(100, 600_000, 10_000),
  MAX_CONCURRENT_REQUESTS: whole(1, 100_000, 200),
  RATE_PER_KEY: whole(0, 1_000_000_000, 1_000_000),
  RATE_PER_PERSON: whole(0, 1_000_000_000, 10_000),
  PROXY_HOPS: whole(0, 10, 0),
  JWT_JWKS_URL: z.url().optional(),
  JWT_ISSUER: z.string().min(1).optional(),
  JWT_AUDIENCE: z.string().min(1).optional(),
  JWT_ROLES_CLAIM: z.string().min(1).default('roles'),
  DEFAULT_TIMEZONE: timezone.default('UTC'),
  TRAIN_EVERY_MINUTES: whole(0, 525_600, 360),
  TRAIN_BUDGET_SECONDS: whole(0, 86_400, 300),
  TRAIN_THREADS: whole(0, 1_024, 0),
  KERNELS: z.enum(['auto', 'plain']).default('auto'),
  RULE_APPROVAL: z.enum(['optional', 'required']).default('optional'),
  RETAIN_ACTIVITY_DAYS: keptDays(90, 1_095),
  RETAIN_DECISIONS_DAYS: keptDays(183, 730),
  RETAIN_OUTCOMES_DAYS: keptDays(90, 1_095),
  RETAIN_AUDIT_DAYS: keptDays(183, 1_095),
  RETAIN_WORK_DAYS: keptDays(1, 90),
});

export interface Config {
  readonly database: {
    /** Null: the embedded database in `dataDir`. */
    readonly url: string | null;
    readonly poolSize: number;
    readonly connectTimeoutMs: number;
    readonly queryTimeoutMs: number;
    readonly dataDir: string;
  };
  /** Processes that answer on one port. */
  readonly workers: number;
  readonly http: {
    readonly host: string;
    readonly port: number;
    /** True when only this machine can connect. */
    readonly loopbackOnly: boolean;
    /** Host names a request may carry besides the one listened on. */
    readonly allowedHosts: readonly string[];
    readonly introspection: boolean;
    readonly metricsOpen: boolean;
    readonly requestTimeoutMs: number;
    readonly maxConcurrentRequests: number;
    /** Cost of operations that one API key may ask for a second; null: without limit. */
    readonly costPerSecondOfKey: number | null;
    /** As `costPerSecondOfKey`, of one person with a token. */
    readonly costPerSecondOfPerson: number | null;
    /** What anybody may ask for at once at least. */
    readonly leastBurstCost: number;
    /** Proxies in front of the service whose `X-Forwarded-For` is believed. */
    readonly proxyHops: number;
  };
  readonly jwt: {
    readonly jwksUrl: string;
    readonly issuer: string;
    readonly audience: string;
    readonly rolesClaim: string;
  } | null;
  readonly logLevel: string;
  /** Zone of learners who have none. */
  readonly defaultTimezone: string;
  /** 0: only on demand. */
  readonly trainEveryMinutes: number;
  readonly training: {
    /** How long settings may be searched for. */
    readonly timeBudgetMs: number;
    /** Null: one for each core. */
    readonly threads: number | null;
    /** False: plain TypeScript, even where WebAssembly SIMD can be had. */
    readonly kernels: boolean;
  };
  /** True: rules and settings change by way of drafts only, each approved by a second person. */
  readonly ruleApprovalRequired: boolean;
  readonly retentionDays: RetentionDays;
}

/** Two operations of the greatest cost. */
const LEAST_BURST_COST = 100_000;

/**
 * The configuration that the environment describes.
 *
 * @throws Error naming every wrong variable at once, with what it should be
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(present);
  const problems = parsed.success ? [] : parsed.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`);
  const jwtNames = ['JWT_JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE'] as const;
  const missingJwt = jwtNames.filter((name) => present[name] === undefined);
  if (missingJwt.length > 0 && missingJwt.length < jwtNames.length) {
    problems.push(`${missingJwt.join(', ')}: needed as well, since another JWT_ setting is given`);
  }
  if (parsed.success && parsed.data.WORKERS > 1 && parsed.data.DATABASE_URL === undefined) {
    problems.push(
      'WORKERS: several processes need a PostgreSQL server, so set DATABASE_URL as well; the embedded database belongs to ' +
        'one process alone',
    );
  }
  if (!parsed.success || problems.length > 0) {
    throw new Error(`The configuration is not valid.\n${problems.map((p) => `  ${p}`).join('\n')}`);
  }
  const v = parsed.data;
  return {
    database: {
      url: v.DATABASE_URL ?? null,
      poolSize: v.DATABASE_POOL_SIZE,
      connectTimeoutMs: v.DATABASE_CONNECT_TIMEOUT_MS,
      queryTimeoutMs: v.DATABASE_QUERY_TIMEOUT_MS,
      dataDir: v.DATA_DIR,
    },
    workers: v.WORKERS,
    http: {
      host: v.HOST,
      port: v.PORT,
      loopbackOnly: LOOPBACK.has(v.HOST),
      allowedHosts: v.ALLOWED_HOSTS,
      introspection: v.INTROSPECTION,
      metricsOpen: v.METRICS_OPEN,
      requestTimeoutMs: v.REQUEST_TIMEOUT_MS,
      maxConcurrentRequests: v.MAX_CONCURRENT_REQUESTS,
      costPerSecondOfKey: v.RATE_PER_KEY === 0 ? null : v.RATE_PER_KEY,
      costPerSecondOfPerson: v.RATE_PER_PERSON === 0 ? null : v.RATE_PER_PERSON,
      leastBurstCost: LEAST_BURST_COST,
      proxyHops: v.PROXY_HOPS,
    },
    jwt:
      v.JWT_JWKS_URL !== undefined && v.JWT_ISSUER !== undefined && v.JWT_AUDIENCE !== undefined
        ? {
            jwksUrl: v.JWT_JWKS_URL,
            issuer: v.JWT_ISSUER,
            audience: v.JWT_AUDIENCE,
            rolesClaim: v.JWT_ROLES_CLAIM,
          }
        : null,
    logLevel: v.LOG_LEVEL,
    defaultTimezone: v.DEFAULT_TIMEZONE,
    trainEveryMinutes: v.TRAIN_EVERY_MINUTES,
    training: {
      timeBudgetMs: v.TRAIN_BUDGET_SECONDS * 1000,
      threads: v.TRAIN_THREADS === 0 ? null : v.TRAIN_THREADS,
      kernels: v.KERNELS === 'auto',
    },
    ruleApprovalRequired: v.RULE_APPROVAL === 'required',
    retentionDays: {
      ACTIVITY: v.RETAIN_ACTIVITY_DAYS,
      DECISIONS: v.RETAIN_DECISIONS_DAYS,
      OUTCOMES: v.RETAIN_OUTCOMES_DAYS,
      AUDIT: v.RETAIN_AUDIT_DAYS,
      WORK: v.RETAIN_WORK_DAYS,
    },
  };
}

/** The part of one of several workers: what callers may ask for is counted in each process, for its share of them. */
export function shareOf(config: Config): Config {
  const share = (costPerSecond: number | null) => (costPerSecond === null ? null : costPerSecond / config.workers);
  return {
    ...config,
    http: {
      ...config.http,
      costPerSecondOfKey: share(config.http.costPerSecondOfKey),
      costPerSecondOfPerson: share(config.http.costPerSecondOfPerson),
      leastBurstCost: config.http.leastBurstCost / config.workers,
    },
  };
}

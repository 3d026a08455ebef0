import { parseArgs } from 'node:util';
import { createSchema, openApp } from './app.js';
import { DEMO_HELP, runDemo } from './cli/demo.js';
import { EVALUATE_HELP, EVALUATE_OPTIONS, evaluateAndReport, readEvaluateArguments } from './cli/evaluate.js';
import { EVALUATE_DELIVERY_HELP, EVALUATE_DELIVERY_OPTIONS, evaluateDelivery } from './cli/evaluateDelivery.js';
import { IMPORT_HELP, IMPORT_OPTIONS, importFiles, readImportArguments } from './cli/import.js';
import { INSIGHTS_HELP, INSIGHTS_OPTIONS, readInsightsArguments, writeInsights } from './cli/insights.js';
import { interruptSignal } from './cli/interrupt.js';
import { KEYS_HELP, manageKeys } from './cli/keys.js';
import { REBUILD_HELP, rebuildWithProgress } from './cli/rebuildProfiles.js';
import { manageSchema, SCHEMA_HELP } from './cli/schema.js';
import { SPLIT_HELP, SPLIT_OPTIONS, splitFile } from './cli/split.js';
import { describeVersion, TRAIN_HELP, trainWithProgress } from './cli/train.js';
import { UsageError } from './cli/usageError.js';
import { readConfig } from './platform/config.js';
import { DomainError } from './platform/errors.js';
import { JobStopped } from './platform/jobs/jobs.js';
import { createLogger } from './platform/logger.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

const HELP = `Usage: npm run waymark -- COMMAND [OPTIONS]

  demo              show the service at work on an invented organisation
  import            read courses, learners, skills and activity from CSV files
  train             train a model now
  evaluate          measure how well models find what people took next
  evaluate-delivery measure how well active hours are told in advance
  insights          write what people search for, leave unfinished and the like, as tables and pictures
  split             divide an activity file for evaluate
  rebuild-profiles  fold all profiles again from the log
  keys              create, list and revoke API keys
  migrate           bring the database up to date and end
  schema            print, write or check the GraphQL schema

Every command takes --help. Settings come from the environment; see the table in the README.
`;

type Command = (args: string[]) => Promise<number>;

/** Short commands are quiet unless something is wrong. */
function settings() {
  const config = readConfig({ LOG_LEVEL: 'warn', ...process.env });
  return { config, logger: createLogger(config.logLevel) };
}

const COMMANDS: Readonly<Record<string, Command>> = {
  async demo(args) {
    const { values } = parseArgs({
      args,
      options: {
        learners: { type: 'string', default: '500' },
        courses: { type: 'string', default: '300' },
        seed: { type: 'string', default: '1' },
        keep: { type: 'string' },
        exit: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return print(DEMO_HELP);
    const { config, logger } = settings();
    await runDemo(
      {
        learners: wholeNumber('--learners', values.learners),
        courses: wholeNumber('--courses', values.courses),
        seed: wholeNumber('--seed', values.seed),
        exit: values.exit,
        keep: values.keep ?? null,
      },
      config,
      logger,
      interruptSignal(),
    );
    return 0;
  },

  async import(args) {
    const { values } = parseArgs({ args, options: { ...IMPORT_OPTIONS, help: { type: 'boolean', default: false } } });
    if (values.help) return print(IMPORT_HELP);
    const { files, options } = readImportArguments(values);
    const { config, logger } = settings();
    const app = await openApp({ config, logger });
    try {
      const report = await importFiles(app, files, options, process, interruptSignal());
      await app.database.tidy();
      return report.exitCode;
    } finally {
      await app.close();
    }
  },

  async train(args) {
    const { values } = parseArgs({ args, options: { help: { type: 'boolean', default: false } } });
    if (values.help) return print(TRAIN_HELP);
    const { config, logger } = settings();
    const app = await openApp({ config, logger });
    try {
      const version = await trainWithProgress(app.training, interruptSignal());
      return print(`${describeVersion(version)}\n`);
    } finally {
      await app.close();
    }
  },

  async evaluate(args) {
    const { values } = parseArgs({ args, options: { ...EVALUATE_OPTIONS, help: { type: 'boolean', default: false } } });
    const { help, ...asked } = values;
    if (help) return print(EVALUATE_HELP);
    await evaluateAndReport(readEvaluateArguments(asked), {
      stdout: process.stdout,
      stderr: process.stderr,
      now: new Date(),
      async withService(use) {
        const app = await openApp(settings());
        try {
          return await use(app);
        } finally {
          await app.close();
        }
      },
    });
    return 0;
  },

  async 'evaluate-delivery'(args) {
    const options = { ...EVALUATE_DELIVERY_OPTIONS, help: { type: 'boolean', default: false } } as const;
    const { values } = parseArgs({ args, options });
    if (values.help) return print(EVALUATE_DELIVERY_HELP);
    await evaluateDelivery(values, {
      stdout: process.stdout,
      stderr: process.stderr,
      now: new Date(),
      async withService(use) {
        const { config, logger } = settings();
        const app = await openApp({ config, logger });
        try {
          return await use({ learners: app.learners, outcomes: app.outcomes, defaultTimezone: config.defaultTimezone });
        } finally {
          await app.close();
        }
      },
    });
    return 0;
  },

  async insights(args) {
    const { values } = parseArgs({ args, options: { ...INSIGHTS_OPTIONS, help: { type: 'boolean', default: false } } });
    if (values.help) return print(INSIGHTS_HELP);
    const request = readInsightsArguments(values);
    const { config, logger } = settings();
    const app = await openApp({ config, logger });
    try {
      return print(`${await writeInsights(app, request, process.stderr, interruptSignal())}\n`);
    } finally {
      await app.close();
    }
  },

  async split(args) {
    const { values } = parseArgs({ args, options: { ...SPLIT_OPTIONS, help: { type: 'boolean', default: false } } });
    if (values.help) return print(SPLIT_HELP);
    return print(`${await splitFile(values)}\n`);
  },

  async 'rebuild-profiles'(args) {
    const { values } = parseArgs({ args, options: { help: { type: 'boolean', default: false } } });
    if (values.help) return print(REBUILD_HELP);
    const { config, logger } = settings();
    const app = await openApp({ config, logger });
    try {
      await rebuildWithProgress(app.activity, interruptSignal());
      await app.database.tidy();
      return 0;
    } finally {
      await app.close();
    }
  },

  async keys(args) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        name: { type: 'string' },
        scopes: { type: 'string' },
        admin: { type: 'boolean' },
        expires: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help || positionals.length === 0) return print(KEYS_HELP);
    const { config, logger } = settings();
    const app = await openApp({ config, logger });
    try {
      const { name, scopes, admin, expires } = values;
      return print(`${await manageKeys(app.apiKeys, positionals, { name, scopes, admin, expires })}\n`);
    } finally {
      await app.close();
    }
  },

  async migrate(args) {
    const { values } = parseArgs({ args, options: { help: { type: 'boolean', default: false } } });
    if (values.help) return print('Usage: waymark migrate\n\nBrings the database up to date and ends.\n');
    const { config, logger } = settings();
    const app = await openApp({ config, logger });
    await app.close();
    return print('The database is up to date.\n');
  },

  async schema(args) {
    const { values } = parseArgs({
      args,
      options: {
        write: { type: 'string' },
        check: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return print(SCHEMA_HELP);
    return print(`${await manageSchema(await createSchema(), { write: values.write, check: values.check })}\n`);
  },
};

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${option} takes a whole number, not "${text}".`);
  return Number(text);
}

async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === 'help') return print(HELP);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new UsageError(`There is no command "${name}".\n\n${HELP}`);
  return await command(args);
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    if (error instanceof JobStopped || (error instanceof Error && error.name === 'AbortError')) {
      process.stderr.write('Stopped.\n');
      process.exitCode = EXIT_INTERRUPTED;
      return;
    }
    const isUsage =
      error instanceof UsageError ||
      String((error as { code?: unknown } | null)?.code).startsWith('ERR_PARSE_ARGS') ||
      (error instanceof DomainError && error.code === 'BAD_USER_INPUT');
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = isUsage ? EXIT_USAGE : EXIT_FAILED;
  },
);

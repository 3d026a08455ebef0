import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { DEFAULT_IALS_OPTIONS } from '../../src/recsys/als.js';
import { DEFAULT_EASE_OPTIONS } from '../../src/recsys/ease.js';
import type { RowSolverKind } from '../../src/recsys/kernels/engine.js';
import { BenchUsageError, oneOf, positiveNumber, wholeNumber, wholeNumbers } from './arguments.js';
import { type BenchData, DATA_HELP, DATA_OPTIONS, describeBenchData, readDataArguments } from './benchData.js';
import { count, figure, median, megabytes, print, printMachine, printTable } from './printing.js';
import { ARITHMETIC_HELP } from './trainingArithmetic.js';
import type { EaseFigures, IalsFigures, Spent, TrainFigures, TrainReply, TrainRequest } from './trainOnce.js';

const SOLVERS = ['auto', 'dual', 'primal', 'cg'] as const satisfies readonly RowSolverKind[];
const LEAST_GOOD_REPEATS = 5;

const HELP = `Usage: npm run bench -- train (--train T | --synthetic LxIxN) [OPTIONS]

Times the training of a model by src/recsys on the given data: seconds and CPU seconds, the median of several with the least
beside it. Each combination of solver and threads runs in a process of its own, so that its memory is its own.

${DATA_HELP}
  --model ials|ease    default ials
  --factors N          of iALS; default 64
  --solver LIST        of iALS: any of ${SOLVERS.join(', ')}, with commas; default auto
  --cg-steps N         steps of conjugate gradients per row and epoch; default ${DEFAULT_IALS_OPTIONS.cgSteps}
  --l2 X               of EASE; default ${DEFAULT_EASE_OPTIONS.l2}
  --threads LIST       default 1,2
  --kernels auto|plain WebAssembly where it can be had, or plain TypeScript on one thread; default auto
  --epochs N           timed epochs of iALS, or timed fits of EASE; default ${LEAST_GOOD_REPEATS}
  --warm-ups N         epochs or fits before them that do not count; default 1

CPU seconds are those of the whole process, so GFLOP per CPU second is the speed of one core. Peak memory is the resident set
of the process at its greatest, Node.js and the data included; beside it what was resident once the data was there.

${ARITHMETIC_HELP}
`;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      ...DATA_OPTIONS,
      model: { type: 'string', default: 'ials' },
      factors: { type: 'string', default: '64' },
      solver: { type: 'string', default: 'auto' },
      'cg-steps': { type: 'string', default: String(DEFAULT_IALS_OPTIONS.cgSteps) },
      l2: { type: 'string', default: String(DEFAULT_EASE_OPTIONS.l2) },
      threads: { type: 'string', default: '1,2' },
      kernels: { type: 'string', default: 'auto' },
      epochs: { type: 'string', default: String(LEAST_GOOD_REPEATS) },
      'warm-ups': { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    print(HELP);
    return;
  }
  const seed = wholeNumber('--seed', values.seed, 0);
  const data = readDataArguments(values, seed, null);
  const family = oneOf('--model', values.model, ['ials', 'ease'] as const);
  const rank = wholeNumber('--factors', values.factors, 1);
  const cgSteps = wholeNumber('--cg-steps', values['cg-steps'], 1);
  const l2 = positiveNumber('--l2', values.l2);
  const solvers = values.solver.split(',').map((solver) => oneOf('--solver', solver.trim(), SOLVERS));
  const kernels = oneOf('--kernels', values.kernels, ['auto', 'plain'] as const);
  const repeats = wholeNumber('--epochs', values.epochs, 1);
  const warmUps = wholeNumber('--warm-ups', values['warm-ups'], 0);
  // Plain TypeScript has one thread, however many are asked for.
  const threadCounts = kernels === 'plain' ? [1] : wholeNumbers('--threads', values.threads, 1);
  const models: TrainRequest['model'][] =
    family === 'ease'
      ? [{ family, options: { ...DEFAULT_EASE_OPTIONS, l2 } }]
      : solvers.map((solver) => ({ family, options: { ...DEFAULT_IALS_OPTIONS, rank, solver, cgSteps, seed } }));

  printMachine();
  const measured: Measured[] = [];
  for (const model of models) {
    for (const threads of threadCounts) {
      const request: TrainRequest = { data, model, threads, kernels, warmUps, repeats };
      const figures = await measureInProcess(request);
      if (measured.length === 0) printData(data, figures);
      measured.push({ request, figures });
    }
  }
  print(
    `${repeats} timed ${family === 'ials' ? 'epochs' : 'fits'} after ${warmUps} to warm up: median (least)` +
      `${repeats < LEAST_GOOD_REPEATS ? `; fewer than ${LEAST_GOOD_REPEATS} say little` : ''}`,
  );
  if (family === 'ials') printIals(measured, rank);
  else printEase(measured, l2);
}

interface Measured {
  readonly request: TrainRequest;
  readonly figures: TrainFigures;
}

/** @throws BenchUsageError when what is asked for does not fit */
async function measureInProcess(request: TrainRequest): Promise<TrainFigures> {
  const script = process.argv[1];
  if (script === undefined) throw new Error('The bench does not know its own file.');
  const child = fork(script, ['train-once']);
  const reply = await new Promise<TrainReply>((resolve, reject) => {
    child.once('message', (message) => resolve(message as TrainReply));
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`The measured process ended early (${signal ?? code}).`)));
    child.send(request);
  });
  if (reply.kind === 'refused') throw new BenchUsageError(reply.message);
  return reply.figures;
}

function printData(data: BenchData, figures: TrainFigures): void {
  print(
    `${count(figures.learnerCount)} learners × ${count(figures.itemCount)} items with evidence, ` +
      `${count(figures.interactionCount)} interactions (${describeBenchData(data)}; ` +
      `${figure(figures.loading.seconds)} s to load)`,
  );
}

function printIals(measured: readonly Measured[], rank: number): void {
  const rows = measured.flatMap(({ request, figures }): [IalsFigures, string][] =>
    figures.family === 'ials' && request.model.family === 'ials' ? [[figures, request.model.options.solver]] : [],
  );
  print(`iALS, ${rank} factors`);
  printTable(
    ['solver', 'engine', 's/epoch', 'CPU s/epoch', 'GFLOP', 'GFLOP/s', 'GFLOP/CPU s', 'placing s', 'peak memory'],
    rows.map(([figures, solver]) => {
      const gigaflops = figures.flopsPerEpoch / 1e9;
      return [
        solver,
        figures.engine,
        ofSeconds(figures.epochs),
        ofCpuSeconds(figures.epochs),
        figure(gigaflops),
        figure(gigaflops / median(figures.epochs.map(({ seconds }) => seconds))),
        figure(gigaflops / median(figures.epochs.map(({ cpuSeconds }) => cpuSeconds))),
        figure(figures.placing.seconds),
        memoryOf(figures),
      ];
    }),
  );
}

function printEase(measured: readonly Measured[], l2: number): void {
  const rows = measured.flatMap(({ figures }): EaseFigures[] => (figures.family === 'ease' ? [figures] : []));
  print(`EASE, l2 ${l2}`);
  printTable(
    ['engine', 'part', 'seconds', 'CPU s', 'GFLOP', 'GFLOP/s', 'GFLOP/CPU s', 'peak memory'],
    rows.flatMap((figures) =>
      (
        [
          ['whole fit', (fit) => fit.total, null],
          ['Gramian', (fit) => fit.gramian, figures.gramianFlops],
          ['inverse', (fit) => fit.inverse, figures.inverseFlops],
        ] satisfies [string, (fit: EaseFigures['fits'][number]) => Spent, number | null][]
      ).map(([part, spentOn, flops]) => {
        const spent = figures.fits.map(spentOn);
        const gigaflops = flops === null ? Number.NaN : flops / 1e9;
        return [
          part === 'whole fit' ? figures.engine : '',
          part,
          ofSeconds(spent),
          ofCpuSeconds(spent),
          figure(gigaflops),
          figure(gigaflops / median(spent.map(({ seconds }) => seconds))),
          figure(gigaflops / median(spent.map(({ cpuSeconds }) => cpuSeconds))),
          part === 'whole fit' ? memoryOf(figures) : '',
        ];
      }),
    ),
  );
}

function ofSeconds(spent: readonly Spent[]): string {
  return medianAndLeast(spent.map(({ seconds }) => seconds));
}

function ofCpuSeconds(spent: readonly Spent[]): string {
  return medianAndLeast(spent.map(({ cpuSeconds }) => cpuSeconds));
}

function medianAndLeast(values: readonly number[]): string {
  return `${figure(median(values))} (${figure(Math.min(...values))})`;
}

function memoryOf({ loadedBytes, loadingPeakBytes, peakBytes }: TrainFigures): string {
  // The fit then needed less than that, and how much cannot be told.
  const reached = peakBytes > loadingPeakBytes ? '' : ', reached while loading';
  return `${megabytes(peakBytes)} (data ${megabytes(loadedBytes)}${reached})`;
}

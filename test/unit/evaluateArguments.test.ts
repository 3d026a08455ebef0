import { describe, expect, it } from 'vitest';
import { readEvaluateArguments } from '../../src/cli/evaluate.js';

const FILES = { train: 'T.tsv', holdout: 'O.tsv', values: 'auto', seed: '1', budget: '300' };

describe('the arguments of waymark evaluate', () => {
  it('are read with their defaults', () => {
    const { paths, values, request, jsonPath, svgPath } = readEvaluateArguments(FILES);
    expect(paths).toEqual({ train: 'T.tsv', history: null, holdout: 'O.tsv', candidates: null });
    expect([values, jsonPath, svgPath]).toEqual([null, null, null]);
    expect(request).toMatchObject({ seed: 1, overrides: {}, asked: FILES });
    expect(request.models).toContain('ials');
    expect(request.threads).toBeGreaterThanOrEqual(1);
  });

  it('mean the service itself when they name no file', () => {
    expect(readEvaluateArguments({ values: 'auto', seed: '3', budget: '1', 'max-learners': '10' })).toMatchObject({
      paths: null,
      sampling: { seed: 3, maxLearners: 10 },
    });
  });

  it('name models in any case and order, which are shown in one order', () => {
    const models = (text: string) => readEvaluateArguments({ ...FILES, models: text }).request.models;
    expect(models('Popularity, ials')).toEqual(['ials', 'popularity']);
    expect(models('popularity,')).toEqual(['popularity']);
  });

  it('set options of any model, asked for by name or not: the blend alone is of all, and one list serves every call', () => {
    const overrides = (models: string) =>
      readEvaluateArguments({ ...FILES, models, set: ['ials.factors=4', 'ease.l2=1320'] }).request.overrides;
    const all = { ials: { rank: 4 }, ease: { l2: 1320 } };
    expect(overrides('blend')).toEqual(all);
    expect(overrides('ials')).toEqual(all);
  });

  it('name the numbers of learners of a curve, all of them without a number', () => {
    expect(readEvaluateArguments(FILES).request.curveSizes).toBeNull();
    expect(readEvaluateArguments({ ...FILES, curve: '50, 500,all' }).request.curveSizes).toEqual([
      50,
      500,
      Number.POSITIVE_INFINITY,
    ]);
  });

  it.each([
    [{ train: undefined }, '--train and --holdout are both needed'],
    [{ holdout: undefined, history: 'H.tsv' }, '--train and --holdout are both needed'],
    [{ models: 'svd' }, 'There is no model "svd"; --models takes any of ials'],
    [{ models: ',' }, '--models takes any of'],
    [{ set: ['ials.depth=3'] }, 'ials has no option "depth"; it has rank (or factors)'],
    [{ values: 'maybe' }, '--values takes auto, confidence or binary'],
    [{ curve: '50,many' }, '--curve takes a whole number of at least 1'],
    [{ train: undefined, holdout: undefined, curve: '50' }, '--curve goes with --train'],
    [{ seed: 'x' }, '--seed takes a whole number'],
    [{ threads: '0' }, '--threads takes a whole number of at least 1'],
    [{ json: '/no/such/folder/r.json' }, 'there is no folder /no/such/folder'],
    [{ svg: './T.tsv' }, 'T.tsv is one of the files to read'],
  ])('are refused when they are %j', (change, message) => {
    expect(() => readEvaluateArguments({ ...FILES, ...change })).toThrow(message);
  });
});

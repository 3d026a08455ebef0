import { Writable } from 'node:stream';
import { QueryFailedError } from 'typeorm';
import { expect, test } from 'vitest';
import { createLogger, type Logger } from '../../src/platform/logger.js';

const SECRET = 'how to quit my job';

function recorded(write: (logger: Logger) => void): string {
  const chunks: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString());
      done();
    },
  });
  write(createLogger('debug', sink));
  return chunks.join('');
}

const takenKey = () =>
  new QueryFailedError(
    'INSERT INTO interaction (learner_id, query) VALUES ($1, $2)',
    ['e-1', SECRET],
    Object.assign(new Error('duplicate key value violates unique constraint "interaction_uq"'), {
      code: '23505',
      severity: 'ERROR',
      detail: `Key (query)=(${SECRET}) already exists.`,
      where: `unnamed portal parameter $2 = '${SECRET}'`,
    }),
  );

const unreadableValue = () =>
  new QueryFailedError(
    'SELECT $1::integer',
    [SECRET],
    Object.assign(new Error(`invalid input syntax for type integer: "${SECRET}"`), {
      code: '22P02',
      severity: 'ERROR',
    }),
  );

test.each<[string, () => Error]>([
  ['of a statement that failed', takenKey],
  ['of a value that the database could not read', unreadableValue],
  ['wrapped in another', () => new Error('the batch failed', { cause: takenKey() })],
  ['wrapped twice', () => new Error('a', { cause: new Error('b', { cause: unreadableValue() }) })],
])('an error %s is logged without the data of the statement', (_, makeError) => {
  for (const write of [
    (logger: Logger) => logger.error({ err: makeError() }, 'job failed'),
    (logger: Logger) => logger.child({ jobId: '1' }).warn({ err: makeError() }, 'job failed'),
    (logger: Logger) => logger.fatal(makeError(), 'job failed'),
  ]) {
    const line = recorded(write);
    expect(line).toContain('platformLogger.test');
    expect(line).toMatch(/"errorCode":"(23505|22P02)"/);
    expect(line).not.toContain(SECRET);
    expect(line).not.toContain('INSERT INTO');
  }
});

test('an error that is no error of the database keeps its message, its stack and its causes', () => {
  const error = new TypeError('x is not a function', { cause: new RangeError('too deep') });
  expect(JSON.parse(recorded((logger) => logger.error({ err: error }, 'request failed')))).toMatchObject({
    level: 50,
    service: 'waymark',
    msg: 'request failed',
    err: {
      error: 'TypeError',
      stack: expect.stringContaining('x is not a function'),
      causes: [{ error: 'RangeError', stack: expect.stringContaining('too deep') }],
    },
  });
  expect(JSON.parse(recorded((logger) => logger.warn({ err: 'gone' }, 'w')))).toMatchObject({ err: { error: 'gone' } });
});

import { QueryFailedError, QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';
import { describe, expect, test } from 'vitest';
import { asUnavailable, levelOf } from '../../src/platform/database/database.js';
import { DatabaseAway } from '../../src/platform/database/databaseWatch.js';
import { DomainError } from '../../src/platform/errors.js';

const withCode = (code: string, message = 'something') => Object.assign(new Error(message), { code });
const failedQuery = (driverError: Error) => new QueryFailedError('SELECT $1', ['x'], driverError);

describe('a failure that is the fault of the database', () => {
  test.each<[string, Error]>([
    ['a refused connection', withCode('ECONNREFUSED')],
    ['a refused connection to each of several addresses', new AggregateError([withCode('ECONNREFUSED')], '')],
    ['a server that shuts down', withCode('57P01')],
    ['a server that shuts down within a statement', failedQuery(withCode('57P01'))],
    ['a connection lost within a statement', failedQuery(new Error('Connection terminated unexpectedly'))],
    ['a connection lost between two statements of a transaction', new QueryRunnerAlreadyReleasedError()],
    ['a connection lost before the repository of a transaction is used', new QueryRunnerProviderAlreadyReleasedError()],
    ['an exhausted pool', new Error('timeout exceeded when trying to connect')],
    ['a server that does not greet in time', new Error('timeout expired')],
    ['an embedded database that has ended', failedQuery(new Error('The embedded database stopped (exit code 1)'))],
    ['a failure with a service around it', new Error('cannot train', { cause: failedQuery(withCode('08006')) })],
    ['a driver error of a class of its own', failedQuery(new TypeError('Connection terminated'))],
    ['a server that is known to be away', failedQuery(new DatabaseAway())],
    ['a failure that was told before', new DomainError('UNAVAILABLE', 'The database cannot be reached.')],
  ])('is told as such: %s', (_, error) => {
    const told = asUnavailable(error);
    expect(told).toBeInstanceOf(DomainError);
    expect(told?.code).toBe('UNAVAILABLE');
    expect(told?.message).toContain('cannot be reached');
  });

  test.each(['40P01', '40001'])('is told as such: a transaction that was undone for others (%s)', (code) => {
    expect(asUnavailable(failedQuery(withCode(code)))).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('Other calls changed the same rows'),
    });
  });

  test.each(['53100', '25006'])('is told as such: nothing can be stored (%s)', (code) => {
    expect(asUnavailable(failedQuery(withCode(code)))).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('its disk is full'),
      details: { retryAfterSeconds: 1 },
    });
  });

  test('is in the log once, and not with everything that is tried again meanwhile', () => {
    expect(levelOf(new DatabaseAway())).toBe('debug');
    expect(levelOf(failedQuery(withCode('53100')))).toBe('debug');
    expect(levelOf(failedQuery(withCode('42P01')))).toBe('warn');
    expect(levelOf(null)).toBe('warn');
  });

  test.each<[string, unknown]>([
    ['a unique key that is taken', failedQuery(withCode('23505', 'duplicate key value violates unique constraint'))],
    ['a table that does not exist', failedQuery(withCode('42P01'))],
    ['a mistake of the caller', new DomainError('CONFLICT', 'Connection terminated')],
    ['a bug', new TypeError('x is not a function')],
    ['something that is no error', 'ECONNREFUSED'],
    ['nothing', null],
  ])('is not seen in %s', (_, error) => {
    expect(asUnavailable(error)).toBeNull();
  });

  test('is found in a chain that bites its own tail', () => {
    const error = new Error('outer');
    error.cause = new Error('inner', { cause: error });
    expect(asUnavailable(error)).toBeNull();
  });
});

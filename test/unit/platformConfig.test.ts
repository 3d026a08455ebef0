import { expect, test } from 'vitest';
import { readConfig } from '../../src/platform/config.js';

test('the zone of learners who have none is the name of a zone, not an offset', () => {
  expect(readConfig({}).defaultTimezone).toBe('UTC');
  expect(readConfig({ DEFAULT_TIMEZONE: 'Europe/Berlin' }).defaultTimezone).toBe('Europe/Berlin');
  for (const zone of ['+02:00', '-0330', '+02', 'Mars/Olympus', ' ']) {
    expect(() => readConfig({ DEFAULT_TIMEZONE: zone })).toThrow('DEFAULT_TIMEZONE: is not an IANA time zone');
  }
});

test('every wrong setting is named at once', () => {
  const read = () => readConfig({ PORT: '70000', LOG_LEVEL: 'loud', JWT_ISSUER: 'https://login.example' });
  for (const words of ['PORT: ', 'LOG_LEVEL: ', 'JWT_JWKS_URL, JWT_AUDIENCE: needed as well']) {
    expect(read).toThrow(words);
  }
});

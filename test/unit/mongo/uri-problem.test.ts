import { expect, test } from 'vitest';
import { mongodbUriProblem } from '../../../src/mongo/client.ts';

/** Stands in each of them where it can: what is told of a connection string repeats nothing of it. */
const SECRET = 'hunter2hunter2';
const login = `mongodb://app:${SECRET}`;

test.each([
  [`http://app:${SECRET}@db/shop`, /does not start with `mongodb:\/\/`/],
  [`${login}@`, /has no host/],
  [`${login}/x@db/shop`, /percent-encoded/],
  [`${login}@db:99999/shop`, /a host or port that does not parse/],
  [`mongodb+srv://app:${SECRET}@db.example.org:27017/`, /has a port/],
  [`mongodb+srv://app:${SECRET}@a.example.org,b.example.org/`, /has several hosts/],
  [`${login}@db/?tsl=true`, /an option that the driver does not know/],
  [`${login}@db/?tls=perhaps`, /must be `true` or `false`/],
  [`${login}@db/?authMechanism=${SECRET}`, /an authMechanism that does not exist/],
  [`${login}@db/?readPreference=${SECRET}`, /a readPreference that does not exist/],
  // What the driver says of these is in no list, and may hold what was written.
  [`${login}@db/?maxPoolSize=${SECRET}`, /is not a connection string that MongoDB's driver accepts/],
  [`${login}@db/?compressors=${SECRET}`, /is not a connection string that MongoDB's driver accepts/],
  ['', /does not start with `mongodb:\/\/`/],
])('%s', (uri, expected) => {
  const problem = mongodbUriProblem(uri);
  expect(problem).toMatch(expected);
  expect(problem).not.toContain(SECRET);
});

test('one that the driver accepts has no problem', () =>
  expect(mongodbUriProblem(`${login}@db:27017/shop?retryWrites=true`)).toBeUndefined());

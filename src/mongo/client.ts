// Import this file lazily: it loads the driver, which most runs of verify do not need. (A dynamic import of the
// driver itself would lose its named exports in the bundle.)
import { MongoClient, type MongoClientOptions } from 'mongodb';
import './patches/lost-connections.ts';
import { SILENCE_LIMIT_MS } from './patches/silent-connections.ts';

/** The driver's messages that hold nothing of the URI but names of options, and what to write instead. */
const EXPLAINED: readonly [pattern: RegExp, words: string][] = [
  [/^Invalid scheme/, 'does not start with `mongodb://` or `mongodb+srv://`'],
  [/^Protocol and host list are required/, 'has no host; write `mongodb://HOST:27017/DATABASE`'],
  [
    /unescaped characters|^Invalid connection string|URI malformed|empty userinfo/,
    'has characters that must be percent-encoded; write `%40` for @, `%3A` for :, `%2F` for /, `%25` for % in user and password',
  ],
  [
    /^Unable to parse/,
    'has a host or port that does not parse; write `HOST:PORT` with a port from 1 to 65535',
  ],
  [/^mongodb\+srv URI cannot have port/, 'has a port; `mongodb+srv://` takes none'],
  [/^mongodb\+srv URI cannot have multiple/, 'has several hosts; `mongodb+srv://` takes one'],
  [
    /^options? .* (is|are) not supported/,
    'has an option that the driver does not know; check the part behind `?`',
  ],
  [/must be either "true" or "false"/, 'has an option that must be `true` or `false`'],
  [/^authMechanism one of/, 'names an authMechanism that does not exist'],
  [/^Invalid read preference/, 'names a readPreference that does not exist'],
];

/**
 * What is wrong with a connection string, in words that repeat nothing of it; undefined where the driver
 * accepts it. Opens no connection.
 */
export function mongodbUriProblem(uri: string): string | undefined {
  try {
    new MongoClient(uri);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    return (
      EXPLAINED.find(([pattern]) => pattern.test(message))?.[1] ??
      "is not a connection string that MongoDB's driver accepts; compare it with `mongodb://HOST:27017/DATABASE?OPTIONS`"
    );
  }
}

/**
 * A client that has not connected yet: the driver connects with the first command, so that an unreachable
 * database is the mode's to judge.
 */
export function openMongodb(uri: string, options: MongoClientOptions = {}): MongoClient {
  // What the user wrote into the URI wins; the driver would have it the other way round.
  const written = new URLSearchParams(uri.slice(uri.indexOf('?') + 1).toLowerCase());
  const all = { appName: 'deploy-guard', socketTimeoutMS: SILENCE_LIMIT_MS, ...options };
  const own = Object.entries(all).filter(([name]) => !written.has(name.toLowerCase()));
  return new MongoClient(uri, Object.fromEntries(own));
}

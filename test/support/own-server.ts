import { inject } from 'vitest';
import { type MongoServer, type ServerOptions, startServer } from './engine/server.ts';
import { lacking } from './needs.ts';

/** The reason to skip a test that starts a MongoDB of its own, if no program for one was found; see `lacking`. */
export function needsOwnServer(): string | undefined {
  return inject('mongoProgram') === undefined ? lacking('a MongoDB program to start') : undefined;
}

/**
 * A MongoDB for one test file alone, which may be killed, restarted, given users or TLS. The caller stops it.
 * @throws Error if no program was found: skip with `needsOwnServer` first
 */
export async function ownServer(options: ServerOptions = {}): Promise<MongoServer> {
  const program = inject('mongoProgram');
  if (program === undefined) throw new Error('no MongoDB program to start; skip with needsOwnServer()');
  return startServer(program, options);
}

import type { Document } from 'mongodb';
import { Connection } from 'mongodb/lib/cmap/connection.js';

/**
 * For how long a server may say nothing to a small command, where the connection string does not say it
 * (`socketTimeoutMS`). The driver itself waits for ever: one connection that something on the way swallows, while
 * all others live, would hold a run up until somebody ends it. (`timeoutMS` has no effect in driver 7.9.0.)
 */
export const SILENCE_LIMIT_MS = 30_000;

/** The same for what may walk through a whole collection, or wait for its lock. */
export const LONG_SILENCE_LIMIT_MS = 5 * 60_000;

const MAY_TAKE_LONG = new Set([
  'aggregate',
  'collMod',
  'count',
  'createIndexes',
  'delete',
  'distinct',
  'getMore',
]);

/** Whether a command may rightly be answered late: not one that looks for a single document. Pure. */
export function mayTakeLong(command: Document): boolean {
  const name = Object.keys(command)[0] ?? '';
  return MAY_TAKE_LONG.has(name) || (name === 'find' && command.singleBatch !== true);
}

// The driver takes such a limit for a client alone: what it hands on of a command's own gets lost on the way to
// `getMore` and to commands that are sent as they are.
const { sendCommand } = Connection.prototype;

Connection.prototype.sendCommand = function (this: Connection, ns, command, options = {}, type) {
  // Another limit is the user's word, for all commands.
  const patient = this.socketTimeoutMS === SILENCE_LIMIT_MS && mayTakeLong(command);
  const limited = patient ? { ...options, socketTimeoutMS: LONG_SILENCE_LIMIT_MS } : options;
  return sendCommand.call(this, ns, command, limited, type);
};

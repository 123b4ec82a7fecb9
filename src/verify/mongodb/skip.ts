/** Why a diagnostic could not be had. */
export interface Skip {
  /**
   * `missing`: there is nothing of the kind here, such as replication lag on a standalone server.
   * `forbidden`: the user lacks a privilege. `unsupported`: the server does not know the command.
   * `failed`: anything else.
   */
  readonly kind: 'missing' | 'forbidden' | 'unsupported' | 'failed';
  readonly reason: string;
  readonly hint?: string;
}

/** A privilege as MongoDB's own documentation writes it, and the smallest built-in role that has it. */
export interface Privilege {
  readonly action: string;
  /** `{ cluster: true }` or `{ db: "local", collection: "oplog.rs" }`. */
  readonly resource: string;
  readonly role: string;
}

const UNAUTHORIZED = new Set([13, 8000]);
const UNKNOWN_COMMAND = new Set([
  59, // CommandNotFound
  115, // CommandNotSupported
  238, // NotImplemented
  303, // APIStrictError and the answer of several compatible services
  40_324, // unrecognised pipeline stage
  31_082, // an option that another engine does not know
]);
const NO_REPLICATION = new Set([76, 94]);

/** Sorts an error of a diagnostic command. `explain` puts an error into words without secrets. */
export function skipOf(error: unknown, privilege: Privilege, explain: (error: unknown) => string): Skip {
  const { code, codeName } = (error ?? {}) as { code?: unknown; codeName?: unknown };
  const text = explain(error);
  if (code === undefined && error instanceof NotThere) return { kind: 'missing', reason: error.message };
  if (typeof code === 'number' && UNAUTHORIZED.has(code)) {
    return {
      kind: 'forbidden',
      reason: `the user lacks the privilege \`${privilege.action}\` on ${privilege.resource}`,
      hint: `Grant the role ${privilege.role}, or a role with { resource: ${privilege.resource}, actions: ["${privilege.action}"] }.`,
    };
  }
  if (typeof code === 'number' && NO_REPLICATION.has(code)) {
    return { kind: 'missing', reason: 'the server is not a replica set' };
  }
  const unknown =
    (typeof code === 'number' && UNKNOWN_COMMAND.has(code)) ||
    /no such command|not supported|unrecognized pipeline stage|not implemented|unknown command/i.test(text);
  if (unknown) {
    return { kind: 'unsupported', reason: `this server has no such command (${codeName ?? text})` };
  }
  return { kind: 'failed', reason: text };
}

/** There is nothing of the kind on this server. */
export class NotThere extends Error {
  override readonly name = 'NotThere';
}

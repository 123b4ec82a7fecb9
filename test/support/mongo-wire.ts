import { BSON } from 'mongodb';

/** One command as a client sent it. */
export interface SeenCommand {
  /** as on the wire: "find", "update", "createIndexes" … */
  command: string;
  /** undefined where the command is not about one collection */
  collection: string | undefined;
  db: string;
  /** the whole body, with the documents of its sequences (inserts, updates, deletes) put back into it */
  body: Record<string, unknown>;
}

const opMsg = 2013;
const opQuery = 2004;
const opCompressed = 2012;
const headerBytes = 16;
/** mongod's own limit is 48,000,000 bytes a message. */
const largestMessage = 64 * 1024 * 1024;

const commandsOnCollections = new Set([
  'aggregate',
  'collMod',
  'collStats',
  'count',
  'create',
  'createIndexes',
  'delete',
  'distinct',
  'drop',
  'dropIndexes',
  'find',
  'findAndModify',
  'insert',
  'listIndexes',
  'mapReduce',
  'update',
  'validate',
]);

const writingCommands = new Set([
  'abortTransaction',
  'applyOps',
  'bulkWrite',
  'clone',
  'cloneCollectionAsCapped',
  'collMod',
  'commitTransaction',
  'convertToCapped',
  'create',
  'createIndexes',
  'createRole',
  'createUser',
  'delete',
  'drop',
  'dropDatabase',
  'dropIndexes',
  'dropUser',
  'findAndModify',
  'findandmodify',
  'grantRolesToUser',
  'insert',
  'reIndex',
  'renameCollection',
  'setFeatureCompatibilityVersion',
  'setParameter',
  'shardCollection',
  'update',
  'updateUser',
]);

/** Whether a command changes data, indexes, collections or settings; an aggregation does with $out or $merge. */
export function writes(seen: SeenCommand): boolean {
  if (writingCommands.has(seen.command)) return true;
  if (seen.command === 'mapReduce') return JSON.stringify(seen.body.out ?? {}) !== '{"inline":1}';
  if (seen.command !== 'aggregate' || !Array.isArray(seen.body.pipeline)) return false;
  return seen.body.pipeline.some(
    (stage) => typeof stage === 'object' && stage !== null && ('$out' in stage || '$merge' in stage),
  );
}

/** Cuts a stream of the wire protocol into messages, however it was cut into packets. */
export class MessageReader {
  #pending: Buffer[] = [];
  #length = 0;

  /**
   * @returns the messages that are complete now
   * @throws Error where the bytes are no wire protocol, as TLS
   */
  push(chunk: Buffer): Buffer[] {
    this.#pending.push(chunk);
    this.#length += chunk.length;
    const messages: Buffer[] = [];
    while (this.#length >= headerBytes) {
      // Joined only once a message is complete: joining at each packet of a large one takes square time.
      const first = this.#pending[0];
      if (first === undefined || first.length < headerBytes) this.#join();
      const size = this.#pending[0]?.readInt32LE(0) ?? 0;
      if (size < headerBytes || size > largestMessage)
        throw new Error(`no MongoDB message: its length is ${size}`);
      if (this.#length < size) break;
      const all = this.#join();
      messages.push(all.subarray(0, size));
      this.#length -= size;
      this.#pending = this.#length > 0 ? [all.subarray(size)] : [];
    }
    return messages;
  }

  #join(): Buffer {
    const only = this.#pending[0];
    if (this.#pending.length === 1 && only !== undefined) return only;
    const all = Buffer.concat(this.#pending);
    this.#pending = [all];
    return all;
  }
}

/**
 * Decodes one message from a client.
 * @returns undefined for a message that holds no command
 * @throws Error on a compressed message: a proxy that could not read it would call a write a read
 */
export function decodeCommand(message: Buffer): SeenCommand | undefined {
  const code = message.readInt32LE(12);
  if (code === opCompressed) throw new Error('the client compresses; set no compressors on this connection');
  if (code === opMsg) return seen(sections(message));
  if (code === opQuery) return seenQuery(message);
  return undefined;
}

function sections(message: Buffer): Record<string, unknown> {
  const flags = message.readUInt32LE(headerBytes);
  const end = message.length - ((flags & 1) === 1 ? 4 : 0);
  let at = headerBytes + 4;
  let body: Record<string, unknown> = {};
  const sequences: Record<string, unknown> = {};
  while (at < end) {
    const kind = message.readUInt8(at);
    at += 1;
    const size = message.readInt32LE(at);
    if (size < 5 || at + size > end) throw new Error(`section of ${size} bytes does not fit its message`);
    if (kind === 0) body = documentAt(message, at, size);
    else if (kind === 1) {
      const nameEnd = message.indexOf(0, at + 4);
      sequences[message.toString('utf8', at + 4, nameEnd)] = documents(message, nameEnd + 1, at + size);
    } else throw new Error(`unknown kind of section: ${kind}`);
    at += size;
  }
  return { ...body, ...sequences };
}

function documents(message: Buffer, from: number, end: number): unknown[] {
  const found: unknown[] = [];
  for (let at = from; at < end; ) {
    const size = message.readInt32LE(at);
    if (size < 5 || at + size > end) throw new Error(`document of ${size} bytes does not fit its sequence`);
    found.push(documentAt(message, at, size));
    at += size;
  }
  return found;
}

function documentAt(message: Buffer, at: number, size: number): Record<string, unknown> {
  return BSON.deserialize(message.subarray(at, at + size), { promoteValues: false, promoteLongs: false });
}

function seen(body: Record<string, unknown>): SeenCommand | undefined {
  const command = Object.keys(body)[0];
  if (command === undefined) return undefined;
  const value = command === 'getMore' ? body.collection : body[command];
  const named = commandsOnCollections.has(command) || command === 'getMore' || command === 'findandmodify';
  return {
    command,
    collection: named && typeof value === 'string' ? value : undefined,
    db: typeof body.$db === 'string' ? body.$db : '',
    body,
  };
}

/** Only the first message of a connection comes in this old form. */
function seenQuery(message: Buffer): SeenCommand | undefined {
  const nameEnd = message.indexOf(0, headerBytes + 4);
  const namespace = message.toString('utf8', headerBytes + 4, nameEnd);
  const at = nameEnd + 1 + 8;
  const body = documentAt(message, at, message.readInt32LE(at));
  const found = seen(body);
  return found === undefined ? undefined : { ...found, db: namespace.split('.')[0] ?? '' };
}

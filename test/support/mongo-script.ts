import { type AddressInfo, createServer, type Socket } from 'node:net';
import { BSON, type Document } from 'mongodb';
import { decodeCommand, MessageReader } from './mongo-wire.ts';

export interface ScriptedMongo {
  readonly port: number;
  readonly uri: string;
  /** Names of the commands that clients sent, in order. */
  readonly commands: string[];
  /** By name of the command. May be changed while it runs; what is not there is answered as mongod answers it. */
  readonly answers: Record<string, (command: Document) => Document>;
  close(): Promise<void>;
}

/** An error as mongod answers it. */
export function mongoError(code: number, codeName: string, errmsg: string): Document {
  return { ok: 0, code, codeName, errmsg };
}

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

/**
 * A server that speaks MongoDB's protocol and answers what a test wrote down, for what no engine at hand can be:
 * a `mongos`, a member of a set that lost its primary, a server that asks for a user. `hello` is that of
 * MongoDB 7; answers replace it or add to it.
 */
export async function startScriptedMongo(
  script: (self: { port: number }) => Record<string, (command: Document) => Document>,
): Promise<ScriptedMongo> {
  const sockets = new Set<Socket>();
  const commands: string[] = [];
  const answers: ScriptedMongo['answers'] = {};
  const server = createServer((socket) => {
    const reader = new MessageReader();
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      for (const message of reader.push(chunk)) {
        const seen = decodeCommand(message);
        if (!seen) continue;
        const name = /^is_?master$/i.test(seen.command) ? 'hello' : seen.command;
        commands.push(name);
        const answer = answers[name]?.(seen.body);
        const document =
          name === 'hello'
            ? { ...HELLO, localTime: new Date(), ...answer }
            : (answer ?? (name === 'ping' || name === 'endSessions' ? { ok: 1 } : unknown(name)));
        socket.write(reply(message, { ok: 1, ...document }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  Object.assign(answers, script({ port }));
  return {
    port,
    uri: `mongodb://127.0.0.1:${port}/`,
    commands,
    answers,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

const HELLO: Document = {
  helloOk: true,
  isWritablePrimary: true,
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  logicalSessionTimeoutMinutes: 30,
  minWireVersion: 0,
  maxWireVersion: 21,
  readOnly: false,
};

function unknown(name: string): Document {
  return mongoError(59, 'CommandNotFound', `no such command: '${name}'`);
}

function reply(request: Buffer, document: Document): Buffer {
  const body = BSON.serialize(document);
  const old = request.readInt32LE(12) === OP_QUERY;
  const head = Buffer.alloc(old ? 36 : 21);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(request.readInt32LE(4), 8);
  head.writeInt32LE(old ? OP_REPLY : OP_MSG, 12);
  // The old form holds flags, cursor, start and the number of documents; the new one flags and a kind of section.
  if (old) head.writeInt32LE(1, 32);
  return Buffer.concat([head, body]);
}

import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { decodeCommand, MessageReader, type SeenCommand, writes } from './mongo-wire.ts';

export type { SeenCommand } from './mongo-wire.ts';

export interface MongoProxy {
  /** the given connection string with the proxy in place of the server */
  uri: string;
  /** every command that clients sent, hello and the like included, in order */
  commands: SeenCommand[];
  /** those of `commands` that change something */
  writes(): SeenCommand[];
  /** undecodable messages; a test that shows "wrote nothing" must find none */
  undecoded: string[];
  /** accepted so far */
  connections: number;
  /** each answer of the server comes this much later */
  delayMs: number;
  /** cuts each new connection at once */
  refuse: boolean;
  /** swallows what arrives while true, as a broken network; a connection that lost bytes stays silent */
  stall: boolean;
  /** keeps what clients send while true, as a network that is cut and heals; `letGo` delivers all of it */
  hold: boolean;
  /** ends `hold` and delivers what it kept, in order */
  letGo(): void;
  /**
   * Cuts the connection that sends such a command, or swallows all that it would carry from there on. `before` the
   * server gets it, or `after` it answered, so that the client cannot know whether it was done. Counts from 1;
   * `undefined` means never.
   */
  cutOn: CutRule | undefined;
  /** cuts all connections now */
  cut(): void;
  close(): Promise<void>;
}

export interface CutRule {
  command: string;
  /** the n-th such command, the first by default */
  nth?: number;
  when: 'before' | 'after';
  /** `cut` by default */
  how?: 'cut' | 'stall';
}

/**
 * Starts a proxy before a MongoDB that records what clients ask, so that a test can show what a process that it
 * started itself has done, and that fails in the ways a network does. Bytes pass unchanged.
 * @param uri of one server, without TLS
 */
export async function startMongoProxy(uri: string): Promise<MongoProxy> {
  const address = new URL(uri);
  const upstream = hostOf(address);
  const sockets = new Set<Socket>();
  const kept: (() => void)[] = [];
  const proxy: MongoProxy = {
    uri: '',
    commands: [],
    writes: () => proxy.commands.filter(writes),
    undecoded: [],
    connections: 0,
    delayMs: 0,
    refuse: false,
    stall: false,
    hold: false,
    letGo: () => {
      proxy.hold = false;
      for (const deliver of kept.splice(0)) deliver();
    },
    cutOn: undefined,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      proxy.cut();
      await closed;
    },
  };
  const server = createServer((client) => {
    proxy.connections += 1;
    if (proxy.refuse) {
      client.destroy();
      return;
    }
    const target = connect(upstream);
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        client.destroy();
        // What is kept of a client that gave up still arrives, as from a network that heals.
        if (proxy.hold && socket === client) kept.push(() => target.end());
        else target.destroy();
      });
    }
    relay(proxy, client, target, kept);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  address.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Else a driver asks a replica set for its members and goes round the proxy.
  address.searchParams.delete('replicaSet');
  address.searchParams.set('directConnection', 'true');
  proxy.uri = address.href;
  return proxy;
}

function hostOf(address: URL): { host: string; port: number } {
  if (address.protocol !== 'mongodb:') throw new Error('the proxy takes mongodb:// and one host');
  return { host: address.hostname.replace(/^\[|\]$/g, ''), port: Number(address.port || 27017) };
}

function relay(proxy: MongoProxy, client: Socket, target: Socket, kept: (() => void)[]): void {
  const reader = new MessageReader();
  let afterAnswer: CutRule | undefined;
  let silent = false;
  const end = (rule: CutRule) => {
    if (rule.how === 'stall') silent = true;
    else client.destroy();
  };
  let lastAnswerAt = 0;
  client.on('data', (chunk) => {
    silent ||= proxy.stall;
    if (silent) return;
    for (const seen of decoded(proxy, reader, chunk)) {
      proxy.commands.push(seen);
      const rule = proxy.cutOn;
      if (rule === undefined || seen.command !== rule.command || nth(proxy, rule) !== (rule.nth ?? 1))
        continue;
      if (rule.when === 'before') {
        end(rule);
        return;
      }
      afterAnswer = rule;
    }
    if (proxy.hold) kept.push(() => pass(target, client, chunk));
    else pass(target, client, chunk);
  });
  target.on('data', (chunk) => {
    silent ||= proxy.stall;
    if (silent) return;
    if (afterAnswer) {
      end(afterAnswer);
      return;
    }
    // Never before an earlier part of the same stream, even where the delay was lowered meanwhile.
    const now = performance.now();
    lastAnswerAt = Math.max(lastAnswerAt, now + proxy.delayMs);
    if (lastAnswerAt > now) setTimeout(() => pass(client, target, chunk), lastAnswerAt - now);
    else pass(client, target, chunk);
  });
}

function nth(proxy: MongoProxy, rule: CutRule): number {
  return proxy.commands.filter((seen) => seen.command === rule.command).length;
}

function pass(to: Socket, from: Socket, chunk: Buffer): void {
  if (to.destroyed || to.write(chunk)) return;
  // A reader that is slower than the sender must not fill the memory.
  from.pause();
  to.once('drain', () => from.resume());
}

function decoded(proxy: MongoProxy, reader: MessageReader, chunk: Buffer): SeenCommand[] {
  const found: SeenCommand[] = [];
  try {
    for (const message of reader.push(chunk)) {
      const seen = decodeCommand(message);
      if (seen !== undefined) found.push(seen);
    }
  } catch (error) {
    proxy.undecoded.push(String(error));
  }
  return found;
}

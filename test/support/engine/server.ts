import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient, MongoServerError } from 'mongodb';
import type { Engine } from './engine.ts';

const START_LIMIT_MS = 60_000;
const REPLICA_SET = 'tests';

export type Topology = 'replica-set' | 'standalone';

export interface ServerOptions {
  /** a replica set of one by default */
  readonly topology?: Topology;
  /** An acknowledged write survives SIGKILL. mongod does so for `w: majority`, SecantusDB only with this. */
  readonly syncOnCommit?: boolean;
  /** How long the server keeps the transaction of a client that is gone; its own default is 60. */
  readonly transactionLifetimeSeconds?: number;
  /** Access control, with this user (role `root`, database `admin`). */
  readonly root?: { readonly user: string; readonly password: string };
  /** TLS alone, with the PEM of a certificate and its key. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** A server process with a data folder of its own, on a port that the system chose. */
export interface MongoServer {
  /** without user and options of TLS */
  readonly uri: string;
  readonly port: number;
  /** Ends the process, the data stays. SIGTERM lets the server finish; SIGKILL is the power failure. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts it again after `end`, on the same port with the same data. */
  start(): Promise<void>;
  /** Ends the process and removes the data. */
  stop(): Promise<void>;
}

/**
 * Starts a server of an engine and waits until it is a writable primary. It ends with this process, however that ends.
 * @throws Error with what the server printed, if it does not start
 */
export async function startServer(engine: Engine, options: ServerOptions = {}): Promise<MongoServer> {
  const server = new ServerProcess(engine, options, await mkdtemp(join(tmpdir(), 'deploy-guard-mongo-')));
  try {
    await server.create();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

class ServerProcess implements MongoServer {
  port = 0;
  #child: ChildProcess | undefined;
  #watch: ChildProcess | undefined;
  #output = '';
  readonly #engine: Engine;
  readonly #options: ServerOptions;
  readonly #folder: string;

  constructor(engine: Engine, options: ServerOptions, folder: string) {
    this.#engine = engine;
    this.#options = options;
    this.#folder = folder;
  }

  get uri(): string {
    return `mongodb://127.0.0.1:${this.port}`;
  }

  async create(): Promise<void> {
    await mkdir(join(this.#folder, 'data'));
    // An empty one, so that the one of the user who runs the tests is not read.
    await writeFile(join(this.#folder, 'secantusd.toml'), '');
    await writeFile(join(this.#folder, 'keyfile'), randomBytes(96).toString('base64'), { mode: 0o600 });
    const { tls, root } = this.#options;
    if (tls) {
      await writeFile(join(this.#folder, 'certificate.pem'), tls.certificate);
      await writeFile(join(this.#folder, 'key.pem'), tls.key, { mode: 0o600 });
      await writeFile(join(this.#folder, 'both.pem'), `${tls.certificate}\n${tls.key}`, { mode: 0o600 });
    }
    // mongod needs its port in the replica set's configuration, before it can listen.
    if (this.#engine.kind === 'mongod') this.port = await freePort();
    if (root) {
      // Users are created while access control is off, as both servers' manuals say.
      await this.#run(false);
      await this.#asAdmin(undefined, (client) =>
        client
          .db('admin')
          .command({ createUser: root.user, pwd: root.password, roles: [{ role: 'root', db: 'admin' }] }),
      );
      await this.end('SIGTERM');
    }
    await this.start();
  }

  async start(): Promise<void> {
    await this.#run(this.#options.root !== undefined);
    const seconds = this.#options.transactionLifetimeSeconds;
    if (seconds === undefined || this.#engine.kind !== 'secantus-rust') return;
    await this.#asAdmin(this.#options.root, (client) =>
      client.db('admin').command({ setParameter: 1, transactionLifetimeLimitSeconds: seconds }),
    );
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.#watch?.kill('SIGKILL');
    this.#watch = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  async stop(): Promise<void> {
    await this.end('SIGKILL');
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #run(accessControl: boolean): Promise<void> {
    const [program, ...leading] = this.#engine.command;
    this.#output = '';
    const child = spawn(program, [...leading, ...this.#arguments(accessControl)], {
      cwd: this.#folder,
      env: { ...process.env, ...this.#engine.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-4_000);
      });
    }
    await Promise.race([once(child, 'spawn'), once(child, 'error').then(([error]) => Promise.reject(error))]);
    this.#watch = endWithThisProcess(child.pid ?? 0, this.#folder);
    try {
      await this.#ready(child, AbortSignal.timeout(START_LIMIT_MS));
    } catch (cause) {
      throw new Error(`${this.#engine.name} did not start: ${this.#output.trim() || String(cause)}`, {
        cause,
      });
    }
    // An idle server must not keep this process alive.
    child.unref();
    for (const stream of [child.stdout, child.stderr]) unref(stream);
  }

  #arguments(accessControl: boolean): string[] {
    const { topology = 'replica-set', syncOnCommit, tls, transactionLifetimeSeconds } = this.#options;
    const inFolder = (name: string): string => join(this.#folder, name);
    const standalone = topology === 'standalone';
    if (this.#engine.kind === 'mongod') {
      return [
        ...['--dbpath', inFolder('data'), '--port', String(this.port), '--bind_ip', '127.0.0.1'],
        ...['--wiredTigerCacheSizeGB', '0.25', '--setParameter', 'diagnosticDataCollectionEnabled=false'],
        ...(process.platform === 'win32' ? [] : ['--nounixsocket']),
        ...(standalone ? [] : ['--replSet', REPLICA_SET]),
        ...(accessControl ? ['--auth', ...(standalone ? [] : ['--keyFile', inFolder('keyfile')])] : []),
        ...(tls ? ['--tlsMode', 'requireTLS', '--tlsCertificateKeyFile', inFolder('both.pem')] : []),
        ...(transactionLifetimeSeconds === undefined
          ? []
          : ['--setParameter', `transactionLifetimeLimitSeconds=${transactionLifetimeSeconds}`]),
      ];
    }
    return [
      ...['--config', inFolder('secantusd.toml'), '--storage-path', inFolder('data')],
      ...['--host', '127.0.0.1', '--port', String(this.port), '--cache-size', '256M'],
      ...(this.#engine.kind === 'secantus-rust' ? ['--log-file-max', '32MB'] : []),
      ...(standalone ? ['--standalone'] : []),
      ...(syncOnCommit ? ['--sync-on-commit'] : []),
      ...(accessControl ? ['--auth'] : []),
      ...(tls ? ['--tls-cert-file', inFolder('certificate.pem'), '--tls-key-file', inFolder('key.pem')] : []),
    ];
  }

  async #ready(child: ChildProcess, limit: AbortSignal): Promise<void> {
    while (this.port === 0) {
      const [, port] = /listening on 127\.0\.0\.1:(\d+)/.exec(this.#output) ?? [];
      if (port !== undefined) this.port = Number(port);
      else await this.#pause(child, limit);
    }
    for (;;) {
      try {
        if (await this.#asAdmin(undefined, (client) => this.#isPrimary(client))) return;
      } catch (error) {
        if (limit.aborted) throw error;
      }
      await this.#pause(child, limit);
    }
  }

  async #isPrimary(client: MongoClient): Promise<boolean> {
    const admin = client.db('admin');
    const hello = await admin.command({ hello: 1 });
    if (hello.isWritablePrimary === true) return true;
    if (hello.isreplicaset === true) {
      const members = [{ _id: 0, host: `127.0.0.1:${this.port}` }];
      await admin.command({ replSetInitiate: { _id: REPLICA_SET, members } }).catch((error: unknown) => {
        if (!(error instanceof MongoServerError && error.codeName === 'AlreadyInitialized')) throw error;
      });
    }
    return false;
  }

  async #pause(child: ChildProcess, limit: AbortSignal): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
    }
    limit.throwIfAborted();
    await sleep(20);
  }

  async #asAdmin<T>(root: ServerOptions['root'], work: (client: MongoClient) => Promise<T>): Promise<T> {
    const client = new MongoClient(this.uri, {
      directConnection: true,
      serverSelectionTimeoutMS: 2_000,
      ...(this.#options.tls ? { tls: true, tlsInsecure: true } : {}),
      ...(root ? { auth: { username: root.user, password: root.password } } : {}),
    });
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  }
}

/**
 * A shell that waits for the end of this process, whose pipe it reads, and then ends the server and removes its data.
 * Windows has none: there a server is left when the tests are killed.
 */
function endWithThisProcess(pid: number, folder: string): ChildProcess | undefined {
  if (process.platform === 'win32') return undefined;
  // Ctrl-C reaches every process of the terminal, and this one has work left then.
  const script = 'trap "" INT TERM HUP; cat >/dev/null; kill -9 "$1"; rm -rf "$2"';
  const watch = spawn('sh', ['-c', script, 'sh', String(pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watch.unref();
  unref(watch.stdin);
  return watch;
}

function unref(stream: unknown): void {
  if (stream === null || typeof stream !== 'object' || !('unref' in stream)) return;
  if (typeof stream.unref === 'function') stream.unref();
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

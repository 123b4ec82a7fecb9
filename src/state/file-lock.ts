import { randomUUID } from 'node:crypto';
import { type FileHandle, open, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { StateOptions } from './open-store.ts';
import { StateUnavailableError } from './store.ts';

/** Work under the lock takes milliseconds; a lock as old as this belongs to a process that died. */
const STALE_MS = 15_000;
const WAIT_LIMIT_MS = 30_000;

/**
 * A lock file: whoever creates it holds it. It works between processes on one file system; a lock that
 * a dead process left behind is taken over.
 */
export class FileLock {
  readonly #path: string;
  readonly #options: StateOptions;

  constructor(path: string, options: StateOptions) {
    this.#path = path;
    this.#options = options;
  }

  /**
   * Runs `work` while holding the lock.
   * @throws StateUnavailableError where others held it all the time.
   */
  async hold<R>(work: (lock: { assertHeld(): Promise<void> }) => Promise<R>): Promise<R> {
    const token = await this.#acquire();
    try {
      return await work({ assertHeld: () => this.#assertHeld(token) });
    } finally {
      await this.#release(token);
    }
  }

  /** For just before the write: a process that was stopped for long may have lost its lock meanwhile. */
  async #assertHeld(token: string): Promise<void> {
    if ((await this.#holder()) !== token) {
      throw new StateUnavailableError(`the lock ${this.#path} was taken over by another process`);
    }
  }

  async #holder(path = this.#path): Promise<string | undefined> {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async #acquire(): Promise<string> {
    const { clock, random } = this.#options;
    const token = `${process.pid} ${randomUUID()} ${hostname()}`;
    const deadline = clock.monotonic() + WAIT_LIMIT_MS;
    for (;;) {
      if (await this.#create(this.#path, token)) return token;
      if (await this.#isStale(this.#path)) await this.#breakLock();
      else if (clock.monotonic() > deadline) {
        throw new StateUnavailableError(
          `the lock ${this.#path} was held by others for ${WAIT_LIMIT_MS / 1_000} s`,
        );
      } else await clock.sleep(2 + random() * 20);
    }
  }

  async #create(path: string, token: string): Promise<boolean> {
    let file: FileHandle;
    try {
      file = await open(path, 'wx', 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
    try {
      await file.writeFile(token);
      return true;
    } catch (error) {
      // A full disk takes the file and not its content: nobody would ever give such a lock back.
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
  }

  async #isStale(path: string): Promise<boolean> {
    try {
      if (await this.#isOrphan(path)) return true;
      const { mtimeMs } = await stat(path);
      // A clock that went back makes a lock look as if it came from the future; that is stale as well.
      if (Math.abs(this.#options.clock.now() - mtimeMs) <= STALE_MS) return false;
      // Our clock may be wrong where the lock is fresh: before a lock is broken, the one that dated it is asked.
      return Math.abs((await this.#fileSystemNow()) - mtimeMs) > STALE_MS;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  /**
   * A lock that came with a cached folder has no process: its machine is not this one although the disk belongs to
   * this machine alone, or it is and the process is gone.
   */
  async #isOrphan(path: string): Promise<boolean> {
    const [pid = '', , host] = ((await this.#holder(path)) ?? '').split(' ');
    if (host === undefined || !/^\d+$/.test(pid)) return false;
    if (host !== hostname()) return this.#options.ownDisk === true;
    try {
      process.kill(Number(pid), 0);
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ESRCH';
    }
  }

  /** The clock of the file system, which need not be ours where the folder is shared. */
  async #fileSystemNow(): Promise<number> {
    const probe = `${this.#path}.${randomUUID()}.now`;
    try {
      await (await open(probe, 'wx', 0o600)).close();
      return (await stat(probe)).mtimeMs;
    } finally {
      await rm(probe, { force: true });
    }
  }

  /**
   * One process at a time removes a stale lock, and looks again before it does: otherwise the slower of
   * two would remove the fresh lock of the faster one.
   */
  async #breakLock(): Promise<void> {
    const breaker = `${this.#path}.break`;
    if (await this.#create(breaker, String(process.pid))) {
      try {
        if (await this.#isStale(this.#path)) await rm(this.#path, { force: true });
      } finally {
        await rm(breaker, { force: true });
      }
    } else if (await this.#isStale(breaker)) await rm(breaker, { force: true });
    else await this.#options.clock.sleep(5);
  }

  /** Only its own: a lock that was taken over meanwhile belongs to somebody else. */
  async #release(token: string): Promise<void> {
    if ((await this.#holder()) === token) await rm(this.#path, { force: true });
  }
}

import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { messageOf } from '../support/errors.ts';
import { writeWhole } from '../support/write-whole.ts';
import { isCheckedIn } from './checked-in.ts';
import { FileLock } from './file-lock.ts';
import type { StateOptions } from './open-store.ts';
import { foreignState, type StateOwner, stateOwnerSchema } from './owner.ts';
import { type StateArea, type StateStore, StateUnavailableError } from './store.ts';

const FORMAT = 'deploy-guard.state/v1';

/** A state file is some hundred kilobytes; one of this size is no state file. */
const LARGEST_FILE = 64 * 1024 * 1024;

const contentSchema = z.object({
  format: z.literal(FORMAT),
  owner: stateOwnerSchema.optional(),
  areas: z.record(z.string(), z.record(z.string(), z.unknown())),
});
type Content = z.infer<typeof contentSchema>;

/**
 * All keys in one JSON file. An update holds a lock beside the file and puts the new content in place
 * by rename, so that a reader sees the old or the new content, never half of one.
 */
export class FileStateStore implements StateStore {
  readonly kind = 'file';
  readonly description: string;
  readonly #path: string;
  readonly #lock: FileLock;
  readonly #options: StateOptions;
  readonly #notices: string[] = [];
  #writer: StateOwner | undefined;
  #checkedIn: Promise<boolean> | undefined;

  constructor(path: string, options: StateOptions) {
    this.#path = resolve(path);
    this.#options = options;
    this.#lock = new FileLock(`${this.#path}.lock`, options);
    this.description = `the file ${path}`;
  }

  /** What the reader of the report should know: a file that was not usable and was set aside. */
  get notices(): readonly string[] {
    return this.#notices;
  }

  /** The run that wrote what was read last. */
  get writer(): StateOwner | undefined {
    return this.#writer;
  }

  async read(area: StateArea, key: string): Promise<unknown> {
    const content = await this.#load();
    if (content === 'damaged') {
      this.#note(`${this.description} is damaged and was not used`);
      return undefined;
    }
    return valueAt(content, area, key);
  }

  async update<R>(
    area: StateArea,
    key: string,
    change: (current: unknown) => { next?: unknown; result: R },
  ): Promise<R> {
    // Looking first costs nothing, and a change that writes nothing works where nothing can be written.
    const glance = await this.#load();
    if (glance !== 'damaged') {
      const { next, result } = change(valueAt(glance, area, key));
      if (next === undefined) return result;
    }
    return this.#guard(async () => {
      await makeFolder(dirname(this.#path));
      return this.#lock.hold(async (lock) => {
        let content = await this.#load();
        if (content === 'damaged') {
          await this.#setAside();
          content = emptyContent();
        }
        const { next, result } = change(valueAt(content, area, key));
        if (next === undefined) return result;
        const areas = { ...content.areas, [area]: { ...content.areas[area], [key]: next } };
        await writeWhole(
          this.#path,
          JSON.stringify({ format: FORMAT, owner: this.#options.owner ?? content.owner, areas }),
          {
            mode: 0o600,
            beforeMove: lock.assertHeld,
          },
        );
        return result;
      });
    });
  }

  async close(): Promise<void> {}

  /**
   * @throws StateUnavailableError where the file cannot be read, was written by another version, is another
   * environment's, or came with a commit.
   */
  async #load(): Promise<Content | 'damaged'> {
    return this.#guard(async () => {
      let text: string;
      try {
        if ((await stat(this.#path)).size > LARGEST_FILE) return 'damaged';
        text = await readFile(this.#path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return emptyContent();
        throw error;
      }
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch {
        return 'damaged';
      }
      const parsed = contentSchema.safeParse(value);
      if (parsed.success) {
        await this.#refuseForeign(parsed.data);
        this.#writer = parsed.data.owner;
        return parsed.data;
      }
      const format = z.object({ format: z.string().startsWith('deploy-guard.state/') }).safeParse(value);
      if (format.success && format.data.format !== FORMAT) {
        throw new StateUnavailableError(
          `${this.description} was written by another version of deploy-guard (${format.data.format.slice(0, 40)}; this one knows ${FORMAT}) and is left alone`,
        );
      }
      return 'damaged';
    });
  }

  /** A file decides whether people are notified and what counts as usual: only one that is this run's own is believed. */
  async #refuseForeign({ owner, areas }: Content): Promise<void> {
    this.#checkedIn ??= isCheckedIn(this.#path);
    if (await this.#checkedIn) {
      throw new StateUnavailableError(
        `${this.description} is checked into the repository, so a commit wrote it and not a run; remove it there (\`git rm --cached\`), or write another path`,
      );
    }
    if (this.#options.owner === undefined) return;
    const keys = Object.values(areas).flatMap((values) => Object.keys(values));
    const foreign = foreignState(this.#options.owner, owner, keys);
    if (foreign !== undefined) throw new StateUnavailableError(`${this.description} ${foreign}`);
  }

  /** Keeps the damaged file beside the new one, for whoever wants to know what happened. */
  async #setAside(): Promise<void> {
    const aside = `${this.#path}.damaged-${this.#options.clock.now()}`;
    await rename(this.#path, aside);
    this.#note(`${this.description} was damaged; it was set aside as ${aside} and a new one begun`);
  }

  #note(text: string): void {
    if (!this.#notices.includes(text)) this.#notices.push(text);
  }

  async #guard<R>(work: () => Promise<R>): Promise<R> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StateUnavailableError || !isSystemError(error)) throw error;
      throw new StateUnavailableError(`${this.description}: ${messageOf(error)}`, { cause: error });
    }
  }
}

/** Not by `recursive`: on a file system that takes no folders (`/proc`) that option never returns. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path).catch((again: NodeJS.ErrnoException) => {
      if (again.code !== 'EEXIST') throw again;
    });
  }
}

/** What stands there itself: an environment may be called `constructor`. */
function valueAt({ areas }: Content, area: StateArea, key: string): unknown {
  const values = areas[area];
  return values !== undefined && Object.hasOwn(values, key) ? values[key] : undefined;
}

function emptyContent(): Content {
  return { format: FORMAT, areas: {} };
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}

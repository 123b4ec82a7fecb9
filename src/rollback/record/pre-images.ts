import type { Db, Document } from 'mongodb';
import type { Recording } from '../model/recording.ts';
import type { Retry } from '../mongo/retry.ts';
import type { CollectionState } from './structure.ts';

/** Whether each collection keeps before-images now. */
export async function preImagesNow(
  db: Db,
  states: readonly CollectionState[],
): Promise<Recording['preImages']> {
  const infos = await db.listCollections({ name: { $in: states.map(({ name }) => name) } }).toArray();
  return states.map(({ name, uuid }) => {
    const info = infos.find((candidate) => candidate.name === name) as Document | undefined;
    return { collection: name, uuid, on: info?.options?.changeStreamPreAndPostImages?.enabled === true };
  });
}

/** Switches before-images on where they are off. @throws Error with the server's words and the collection's name */
export async function switchOn(db: Db, retry: Retry, known: Recording['preImages']): Promise<void> {
  for (const { collection, on } of known) if (!on) await turn(db, retry, collection, true);
}

/** Switches before-images off again where they were off, under whatever name the collection has now. */
export async function switchBack(
  db: Db,
  retry: Retry,
  known: Recording['preImages'],
  now: readonly CollectionState[],
): Promise<void> {
  for (const { uuid, collection, on } of known) {
    if (on) continue;
    const state = now.find((candidate) =>
      uuid === '' ? candidate.name === collection : candidate.uuid === uuid,
    );
    // 26: dropped since it was read.
    if (state) await turn(db, retry, state.name, false).catch(ignoreMissing);
  }
}

function ignoreMissing(error: unknown): void {
  const cause = (error as Error).cause as Document | undefined;
  if (cause?.code !== 26) throw error;
}

async function turn(db: Db, retry: Retry, collection: string, enabled: boolean): Promise<void> {
  await retry(`switch before-images of ${collection} ${enabled ? 'on' : 'off'}`, async () => {
    try {
      await db.command({ collMod: collection, changeStreamPreAndPostImages: { enabled } });
    } catch (error) {
      const { code, message } = error as Document;
      throw Object.assign(
        new Error(
          code === 13
            ? `before-images of ${collection} cannot be switched ${enabled ? 'on' : 'off'}: the user lacks the action collMod (role dbAdmin)`
            : `before-images of ${collection} cannot be switched ${enabled ? 'on' : 'off'}: ${String(message)}`,
          { cause: error },
        ),
        {
          code,
          hasErrorLabel: (label: string) =>
            (error as { hasErrorLabel?: (l: string) => boolean }).hasErrorLabel?.(label) ?? false,
        },
      );
    }
  });
}

import type { Recording } from '../model/recording.ts';
import type { Places } from './places.ts';
import { changeInWords, type CollectionState, compareStructures, type Lifeline, type StructureChange } from './structure.ts';

/** One collection or view that the operation holds, as a STEP of it. */
export interface Recorded {
  /** Its name before, or now where it was created: the STEP is called by it. */
  readonly step: string;
  /** What stands for it throughout the recording: its UUID, its name where there is none. */
  readonly key: string;
  /** Where its documents are now; undefined = nowhere. */
  readonly now: string | undefined;
  /** Where its documents are once its name was given back. */
  readonly target: string;
  readonly fate: 'kept' | 'created' | 'dropped' | 'view';
  /** What a restore takes back. */
  readonly changes: readonly StructureChange[];
}

/**
 * Which collections the operation holds, in the order in which they are restored, the last first: what was created
 * gives its name free before another takes it back. What is not held, and why, goes into `places`; spec changes of
 * collections that are not watched go into the notes. Pure apart from `places`.
 */
export function recordedCollections(
  recording: Pick<Recording, 'collections' | 'copies'>,
  before: readonly CollectionState[],
  after: readonly CollectionState[],
  places: Places,
): { recorded: Recorded[]; notes: string[] } {
  const notes: string[] = [];
  const lifelines = compareStructures(before, after);
  const lost = new Set<string>();
  for (const { before: old, after: now } of lifelines) {
    if (old === undefined || now !== undefined || old.type === 'view') continue;
    if (recording.collections.includes(old.name) && recording.copies.some(({ collection }) => collection === old.name))
      continue;
    lost.add(old.name);
    places.add('dropped-without-copy', old.name);
  }
  const held: Recorded[] = [];
  for (const lifeline of lifelines) {
    const one = recordedOf(lifeline, recording.collections, lost, places, notes);
    if (one) held.push(one);
  }
  return { recorded: ordered(held, places).reverse(), notes };
}

function recordedOf(
  { before, after, changes }: Lifeline,
  watched: readonly string[],
  lost: ReadonlySet<string>,
  places: Places,
  notes: string[],
): Recorded | undefined {
  const key = (state: CollectionState) => (state.uuid === '' ? state.name : state.uuid);
  if ((before ?? after)?.type === 'view') {
    const step = (before ?? after)?.name ?? '';
    return changes.length === 0 ? undefined : { step, key: step, now: after?.name, target: step, fate: 'view', changes };
  }
  if (before === undefined) {
    if (after === undefined) return undefined;
    if (lost.has(after.name)) {
      // What was there before cannot come back, so what is there now is the best that there is.
      places.add('collection-replaced', after.name);
      return undefined;
    }
    if (!watched.includes(after.name)) {
      places.add('collection-appeared', after.name);
      return undefined;
    }
    return { step: after.name, key: key(after), now: after.name, target: after.name, fate: 'created', changes };
  }
  if (!watched.includes(before.name)) {
    if (after && after.name !== before.name) places.add('renamed-unwatched', before.name);
    else if (after && changes.length > 0) {
      notes.push(`${before.name} is not in \`collections\`: ${changes.map(changeInWords).join(', ')}; not held`);
    }
    return undefined;
  }
  if (after === undefined) {
    if (lost.has(before.name)) return undefined;
    return { step: before.name, key: key(before), now: undefined, target: before.name, fate: 'dropped', changes };
  }
  return { step: before.name, key: key(before), now: after.name, target: before.name, fate: 'kept', changes };
}

/** The order of a restore: views that go, collections that go, names in the order in which they become free, the rest. */
function ordered(held: readonly Recorded[], places: Places): Recorded[] {
  const isCreatedView = ({ fate, now, changes }: Recorded) =>
    fate === 'view' && now !== undefined && changes.some(({ kind }) => kind === 'created');
  const created = held.filter(({ fate }) => fate === 'created');
  const done: Recorded[] = [...held.filter(isCreatedView), ...created];
  let left = held.filter((one) => !done.includes(one) && one.fate !== 'view');
  while (left.length > 0) {
    const next = left.find((one) => !left.some((other) => other !== one && other.now === one.target));
    if (next === undefined) {
      // Each waits for the name of another: a circle. Their documents come back under the names of today.
      for (const one of left) places.add('names-swapped', one.step);
      done.push(
        ...left.map((one) => ({
          ...one,
          target: one.now ?? one.target,
          changes: one.changes.filter(({ kind }) => kind !== 'renamed'),
        })),
      );
      break;
    }
    done.push(next);
    left = left.filter((one) => one !== next);
  }
  return withOwnNames([...done, ...held.filter((one) => one.fate === 'view' && !isCreatedView(one))]);
}

/** A collection that was created under the name of one that was dropped or renamed is a STEP of its own. */
function withOwnNames(recorded: readonly Recorded[]): Recorded[] {
  const taken = new Set<string>();
  return [...recorded].reverse().map((one) => {
    const step = taken.has(one.step) ? `${one.step} (created)` : one.step;
    taken.add(step);
    return { ...one, step };
  }).reverse();
}

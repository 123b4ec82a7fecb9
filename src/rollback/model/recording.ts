import type { Binary, Timestamp } from 'mongodb';

/** Documents of a collection whose changes touched the same fields in the same way. */
export interface ChangeGroup {
  collection: string;
  /** `insert`, `delete`, or `set status, updated_at; unset plan`. */
  change: string;
  documents: number;
  /** Ids of a few of them. */
  samples: string[];
}

/** Why a recording does not hold everything: each is one kind of place where the way back is missing. */
export type PlaceCode =
  | 'before-image-missing'
  | 'history-lost'
  | 'invalidated'
  | 'dropped-without-copy'
  | 'collection-appeared'
  | 'collection-replaced'
  | 'renamed-unwatched'
  | 'too-large'
  | 'unwritable'
  | 'copy-lost'
  | 'options-fixed'
  | 'sharding-changed'
  | 'names-swapped'
  | 'after-unknown';

/** A place where a recording is incomplete. */
export interface Place {
  code: PlaceCode;
  collection: string;
  /** Documents, where it is about documents. */
  documents: number;
  /** Ids of a few of them. */
  samples: string[];
}

/** How a recording learns what a migration did: from the server's change events, or by comparing with copies. */
export type RecordingMethod = 'events' | 'copies';

/**
 * `beginning` → `recording` → `reading` (events into first states) → `comparing` (with what stands there now) →
 * `draining` (what was written meanwhile) → `counting` (the journal) → `sealed`. A seal that was cut short goes on
 * in the phase in which it was.
 */
export type RecordingPhase =
  | 'beginning'
  | 'recording'
  | 'reading'
  | 'comparing'
  | 'draining'
  | 'counting'
  | 'sealed';

export interface Recording {
  phase: RecordingPhase;
  method: RecordingMethod;
  /** The names that are watched; one that did not exist yet is watched from its creation on. */
  collections: string[];
  /** Cluster times: the first that belongs to the recording, and the last; null = none, or not known yet. */
  since: Timestamp | null;
  until: Timestamp | null;
  /** Where the reading of the events is: a resume token as BSON. */
  token: Binary | null;
  /** The server does not have all events since the beginning any more. */
  historyLost: boolean;
  /** Changes to documents that were read. */
  events: number;
  /** Whether each collection had before-images switched on before; that state comes back when it is sealed. */
  preImages: { collection: string; uuid: string; on: boolean }[];
  /** Collections, options and indexes of the database (`writeStructure`), at the beginning and at the end. */
  structure: Binary;
  structureAfter: Binary | null;
  /** Copies in the state database, by the name of what was copied. */
  copies: { collection: string; copy: string; documents: number }[];
  groups: ChangeGroup[];
  places: Place[];
  /** What the reader should know and what does not make the recording incomplete. */
  notes: string[];
  /** Which changes the operation holds; null = all. */
  fields: string[] | null;
}

import { BSON, type Document } from 'mongodb';
import { DocumentSequence } from 'mongodb/lib/cmap/commands.js';

/** Documents of a command (`documents` of an insert, `updates` of an update) that are bytes already. */
export class RawSequence extends DocumentSequence {
  #bytes: Buffer | undefined;

  /** @param bytes whole documents, one behind the other; must not change until the command has ended. */
  constructor(field: string, bytes: Buffer) {
    super(field);
    // The driver would keep documents beside their bytes, for whoever monitors commands.
    this.push({}, bytes);
    this.#bytes = bytes;
  }

  /** Read only where somebody monitors commands. */
  override get documents(): Document[] {
    const found: Document[] = [];
    if (this.#bytes === undefined) return found;
    for (let at = 0; at < this.#bytes.length; ) {
      const size = this.#bytes.readInt32LE(at);
      found.push(BSON.deserialize(this.#bytes.subarray(at, at + size)));
      at += size;
    }
    return found;
  }

  override set documents(_documents: Document[]) {
    // Set by the driver's constructor to an empty list.
  }
}

// The driver's section of a message for documents that are serialised already, which its own bulk writes use. The
// main module does not export it. The driver's version is pinned and bundled, and every write of a rollback in the
// tests goes this way, so a driver that changed it would not pass.
declare module 'mongodb/lib/cmap/commands.js' {
  import type { Document } from 'mongodb';

  export class DocumentSequence {
    constructor(field: string);
    get documents(): Document[];
    set documents(documents: Document[]);
    push(document: Document, bytes: Uint8Array): number;
  }
}

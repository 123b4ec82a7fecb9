// Parts of the driver that its main module does not export. Its version is pinned and bundled, and the tests of
// rollback go through both, so a driver that changed them would not pass.

// The section of a message for documents that are serialised already, which the driver's own bulk writes use.
declare module 'mongodb/lib/cmap/commands.js' {
  import type { Document } from 'mongodb';

  export class DocumentSequence {
    constructor(field: string);
    get documents(): Document[];
    set documents(documents: Document[]);
    push(document: Document, bytes: Uint8Array): number;
  }
}

declare module 'mongodb/lib/cmap/connection.js' {
  import type { Socket } from 'node:net';
  import type { Document } from 'mongodb';

  export class Connection {
    readonly id: number | string;
    readonly address: string;
    readonly socket: Socket;
    /** the client's, 0 without one */
    readonly socketTimeoutMS: number;
    sendCommand(
      ns: unknown,
      command: Document,
      options?: { socketTimeoutMS?: number },
      responseType?: unknown,
    ): AsyncGenerator<unknown>;
    writeCommand(command: unknown, options: { signal?: AbortSignal }): Promise<void>;
    onError(error: Error): void;
    cleanup(error: Error): void;
  }
}

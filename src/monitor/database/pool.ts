import type { PoolStatistics } from '../model/answers.ts';
import type { EventSource } from './port.ts';

interface PoolCreated {
  readonly options?: { readonly maxPoolSize?: number };
}

/** Counts connections from the driver's pool events (CMAP), over all servers of the client. */
export class PoolWatch {
  readonly #source: EventSource;
  readonly #listeners: ReadonlyMap<string, (event: never) => void>;
  #complete = false;
  #maxSize: number | null = null;
  #created = 0;
  #closed = 0;
  #inUse = 0;
  #waiting = 0;
  #failures = 0;
  #cleared = 0;
  /** Connections that were open before the monitor was attached and have shown themselves since. */
  #inherited = 0;

  constructor(source: EventSource) {
    this.#source = source;
    this.#listeners = new Map<string, (event: never) => void>([
      ['connectionPoolCreated', (event: PoolCreated) => this.#poolCreated(event)],
      ['connectionCreated', () => this.#created++],
      ['connectionClosed', () => this.#closed++],
      ['connectionCheckOutStarted', () => this.#waiting++],
      ['connectionCheckedOut', () => this.#checkedOut()],
      ['connectionCheckedIn', () => this.#checkedIn()],
      ['connectionCheckOutFailed', () => this.#checkOutFailed()],
      ['connectionPoolCleared', () => this.#cleared++],
    ]);
    for (const [event, listener] of this.#listeners) source.on(event, listener);
  }

  read(): PoolStatistics {
    return {
      complete: this.#complete,
      maxSize: this.#maxSize,
      size: Math.max(this.#inUse, this.#created + this.#inherited - this.#closed),
      inUse: this.#inUse,
      waiting: this.#waiting,
      createdTotal: this.#created,
      closedTotal: this.#closed,
      checkOutFailuresTotal: this.#failures,
      clearedTotal: this.#cleared,
    };
  }

  close(): void {
    for (const [event, listener] of this.#listeners) this.#source.off(event, listener);
  }

  #poolCreated({ options }: PoolCreated): void {
    this.#complete = true;
    // Each server of a replica set has a pool of its own, all of one size; an operation uses one of them.
    this.#maxSize = options?.maxPoolSize ?? this.#maxSize;
  }

  #checkedOut(): void {
    if (this.#waiting > 0) this.#waiting--;
    this.#inUse++;
    if (this.#inUse > this.#created + this.#inherited - this.#closed) this.#inherited++;
  }

  #checkedIn(): void {
    if (this.#inUse > 0) this.#inUse--;
  }

  #checkOutFailed(): void {
    if (this.#waiting > 0) this.#waiting--;
    this.#failures++;
  }
}

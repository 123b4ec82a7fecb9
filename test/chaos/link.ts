import {
  type Fault,
  type FaultKind,
  type FaultProxy,
  planFaults,
  startFaultProxy,
} from '../support/fault-proxy.ts';
import type { Chance } from '../support/seeded-random.ts';
import { startTlsFront } from '../support/tls-front.ts';

/** What a link carries decides what may go wrong on it. */
export interface LinkOptions {
  name: string;
  port: number;
  /** the guard speaks TLS on it, as it would in the world: then any byte may be spoiled */
  tls: boolean;
  /** without TLS: bytes towards the guard may be spoiled, because it must not believe what it cannot read */
  spoilAnswers: boolean;
}

/** The way from the guard to one real part, with a fault proxy on it. */
export interface Link {
  name: string;
  tls: boolean;
  proxy: FaultProxy;
  /** `127.0.0.1:PORT`, or `localhost:PORT` with TLS, whose certificate says so */
  host: string;
  /** Sets new faults; returns them. */
  arm(chance: Chance, count: number): Fault[];
  /** Nothing goes wrong from here on. */
  calm(): void;
  close(): Promise<void>;
}

export async function openLink(options: LinkOptions): Promise<Link> {
  const front = options.tls ? await startTlsFront(options.port) : undefined;
  const proxy = await startFaultProxy({ port: front?.port ?? options.port });
  // A fault that swallows everything costs the whole limit of an attempt: rare, so that rounds stay short.
  const common: FaultKind[] = ['refuse', 'cut', 'cut', 'reset', 'delay', 'throttle'];
  const kinds: FaultKind[] =
    options.tls || options.spoilAnswers ? [...common, 'garble', 'duplicate'] : common;
  return {
    name: options.name,
    tls: options.tls,
    proxy,
    host: `${options.tls ? 'localhost' : '127.0.0.1'}:${proxy.port}`,
    arm(chance, count) {
      const stalls = chance.percent(4) ? 1 : 0;
      proxy.faults = [
        ...planFaults(chance.random, {
          count: count - stalls,
          kinds,
          connections: 4,
          ...(options.tls ? {} : { spoil: 'down' as const }),
        }),
        ...planFaults(chance.random, { count: stalls, kinds: ['stall'], connections: 3 }),
      ];
      return [...proxy.faults];
    },
    calm() {
      proxy.faults = [];
    },
    async close() {
      await proxy.close();
      await front?.close();
    },
  };
}

import type { Socket } from 'node:net';
import type { buildConnector as BuildConnector } from 'undici';
import buildConnector from 'undici/lib/core/connect.js';

/** How a new connection came about; taken by the request that uses it first. */
export interface ConnectionTimings {
  start: number;
  lookedUp: number;
  connected: number;
  ready: number;
}

const connections = new WeakMap<object, ConnectionTimings>();

/** The timings of a connection, for the first who asks: later requests on it did not wait for it. */
export function takeTimings(socket: object): ConnectionTimings | undefined {
  const timings = connections.get(socket);
  connections.delete(socket);
  return timings;
}

export type Connector = BuildConnector.connector;

/** undici's own connector, timed. */
export function timedConnector(options: BuildConnector.BuildOptions): Connector {
  const connect = buildConnector(options);
  return timed(connect);
}

/** Notes when the name was looked up, the connection opened and the handshake done. */
export function timed(connect: Connector): Connector {
  return (options, callback) => {
    const now = performance.now();
    const timings: ConnectionTimings = { start: now, lookedUp: now, connected: now, ready: now };
    const socket = connect(options, (...result) => {
      const [error, ready] = result;
      if (!error && ready) {
        timings.ready = performance.now();
        if (timings.connected === timings.start) timings.connected = timings.ready;
        connections.set(ready, timings);
      }
      callback(...result);
    }) as Socket | undefined;
    // undici's own connector returns the socket; a tunnel's does not, and counts as connecting in whole.
    if (typeof socket?.once === 'function') {
      socket.once('lookup', () => {
        timings.lookedUp = performance.now();
      });
      socket.once('connect', () => {
        timings.connected = performance.now();
      });
    }
    return socket as unknown as undefined;
  };
}

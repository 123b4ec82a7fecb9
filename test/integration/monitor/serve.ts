import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createMonitor, type Monitor, type MonitorOptions } from '../../../src/monitor/index.ts';

/** A monitor that is closed when the test is over. */
export function testMonitor(options: Partial<MonitorOptions> = {}): Monitor {
  const monitor = createMonitor({ version: '1.2.3', ...options });
  onTestFinished(() => monitor.close());
  return monitor;
}

/** Serves on a free port of the loopback until the test is over. @returns the base URL */
export async function serve(listener: RequestListener): Promise<string> {
  return listen(createServer(listener));
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Waits until the condition holds: a response's `close` comes after the client has read its body. */
export async function until<T>(read: () => T, holds: (value: T) => boolean): Promise<T> {
  for (const deadline = Date.now() + 5_000; ; ) {
    const value = read();
    if (holds(value)) return value;
    if (Date.now() > deadline) throw new Error(`never held; last: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

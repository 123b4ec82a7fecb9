/**
 * The server under load, a process of its own: `node bench/monitor/server.ts none|monitor|prom-client`.
 * Prints its port, answers `cpu` on standard input with its CPU time, ends with its input.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMonitor } from '../../src/monitor/index.ts';
import { promMiddleware } from './prom-middleware.ts';

const variant = process.argv[2];
const app = (response: { end(text: string): unknown }): void => void response.end('hello world');
const monitor = variant === 'monitor' ? createMonitor({ version: '1' }) : null;
const prom = variant === 'prom-client' ? promMiddleware() : null;

const server = createServer((request, response) => {
  if (monitor?.handler(request, response) === true) return;
  prom?.(request, response);
  app(response);
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.stdin.on('data', () => {
  const { user, system } = process.cpuUsage();
  console.log(`${user + system} ${process.memoryUsage().rss}`);
});
process.stdin.on('end', () => process.exit(0));

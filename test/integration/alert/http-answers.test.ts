import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HttpSender } from '../../../src/alert/channels/common/http.ts';

let server: Server;
let url: string;
let answer: (response: ServerResponse) => void;
const sender = () => new HttpSender();
beforeEach(async () => {
  server = createServer((request, response) => {
    request.resume().on('end', () => answer(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('of an answer without end the start is read, and no more', async () => {
  let closed: Promise<void> | undefined;
  answer = (response) => {
    closed = new Promise((resolve) => response.once('close', () => resolve()));
    response.writeHead(500);
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(16_384)));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  };
  const http = sender();
  const { status, body } = await http.post(url, '{}', {}, AbortSignal.timeout(10_000));
  expect([status, body.length]).toEqual([500, 65_536]);
  await closed;
  await http.close();
});

test('of a header that comes twice the first counts', async () => {
  answer = (response) => response.writeHead(429, ['retry-after', '1', 'retry-after', '3600']).end();
  const http = sender();
  const { header } = await http.post(url, '{}', {}, AbortSignal.timeout(10_000));
  expect(header('Retry-After')).toBe('1');
  expect(header('x-other')).toBeUndefined();
  await http.close();
});

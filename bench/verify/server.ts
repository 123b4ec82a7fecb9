/** A process of its own that answers after 5 to 25 ms, evenly spread; prints its port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const spread = process.argv[2] === 'quick' ? 0 : 21;
let count = 0;
const server = createServer((_request, response) => {
  count++;
  const answer = () => response.setHeader('content-type', 'application/json').end('{"status":"healthy"}');
  // A fixed pattern: both sides of a comparison meet the same delays.
  if (spread === 0) answer();
  else setTimeout(answer, 5 + ((count * 7) % spread));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.stdin.resume().on('end', () => process.exit());

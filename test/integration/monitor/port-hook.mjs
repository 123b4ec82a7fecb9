// Loaded before a documented program (`node --import`): it listens on a free port of the loopback instead of
// the one it names, and tells the test which. The program itself stays as it is in the documentation.
import { Server } from 'node:net';

const { listen } = Server.prototype;

Server.prototype.listen = function listenOnFreePort(...args) {
  const callback = args.find((arg) => typeof arg === 'function');
  this.once('listening', () => process.send?.({ port: this.address().port }));
  return listen.call(this, { port: 0, host: '127.0.0.1' }, callback);
};

import { MongoNetworkError } from 'mongodb';
import { Connection } from 'mongodb/lib/cmap/connection.js';

/**
 * Mends a fault of driver 7.9.0: a command that is being written when its connection closes waits for ever. The
 * driver waits for the socket's `drain`, which a closed socket never sends, and closing a connection ends only
 * those who wait for an answer. A write to a socket that was closed a moment ago waits in the same way. A run
 * then hangs until somebody ends it, so both get the error that the driver has for the rest.
 */
const writing = new WeakMap<Connection, AbortController>();
const { writeCommand, cleanup } = Connection.prototype;

Connection.prototype.writeCommand = async function (this: Connection, command, options) {
  if (this.socket.destroyed) {
    const closed = new MongoNetworkError(`connection ${this.id} to ${this.address} closed`);
    this.onError(closed);
    throw closed;
  }
  const closing = new AbortController();
  writing.set(this, closing);
  const signals = options.signal ? [options.signal, closing.signal] : [closing.signal];
  try {
    await writeCommand.call(this, command, { ...options, signal: AbortSignal.any(signals) });
  } finally {
    writing.delete(this);
  }
};

Connection.prototype.cleanup = function (this: Connection, error) {
  cleanup.call(this, error);
  writing.get(this)?.abort(error);
};

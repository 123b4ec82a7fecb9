import type { Collection, Db, Document } from 'mongodb';
import { RawSequence } from '../../../src/rollback/bson/raw-sequence.ts';

/**
 * A database whose commands pass through a function first: to answer for a server that the test engine is not,
 * to change something at that very moment, or to fail.
 */
export function intercept(
  db: Db,
  answer: (command: Document, send: () => Promise<Document>) => Promise<Document>,
): Db {
  return new Proxy(db, {
    get(target, property) {
      if (property === 'command') {
        return (command: Document, options?: object) =>
          answer(spelledOut(command), () => target.command(command, options));
      }
      if (property === 'admin') {
        const admin = target.admin();
        return () => ({
          command: (command: Document, options?: object) =>
            answer(spelledOut(command), () => admin.command(command, options)),
        });
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** The command with lists of documents in place of their bytes. */
export function spelledOut(command: Document): Document {
  return Object.fromEntries(
    Object.entries(command).map(([name, value]) => [
      name,
      value instanceof RawSequence ? value.documents : value,
    ]),
  );
}

/** A database one of whose collections answers some calls otherwise. */
export function overriding(db: Db, name: string, change: (real: Collection<Document>) => object): Db {
  return new Proxy(db, {
    get(target, property) {
      if (property === 'collection') {
        return (wanted: string) => {
          const real = target.collection(wanted);
          return wanted === name ? Object.assign(target.collection(wanted), change(real)) : real;
        };
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

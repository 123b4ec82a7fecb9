import type { Db, Document } from 'mongodb';

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
          answer(command, () => target.command(command, options));
      }
      if (property === 'admin') {
        const admin = target.admin();
        return () => ({
          command: (command: Document, options?: object) =>
            answer(command, () => admin.command(command, options)),
        });
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

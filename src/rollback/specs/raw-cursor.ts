import type { Db, Document } from 'mongodb';
import { asBuffer, type RawElement, readElements } from '../bson/raw.ts';

/** Runs a command that answers with a cursor, each answer as its BSON elements. No collection counts as none. */
export async function rawCommand(db: Db, command: Document): Promise<RawElement[][]> {
  const cursor = db.runCursorCommand(command, { raw: true } as Document);
  const answers: RawElement[][] = [];
  try {
    for await (const bytes of cursor) answers.push(readElements(asBuffer(bytes as unknown as Uint8Array)));
  } catch (error) {
    // 26: the collection does not exist.
    if ((error as Document).code !== 26) throw error;
  } finally {
    await cursor.close();
  }
  return answers;
}

import { orderCounts } from '../mongo/collections.ts';
import type { DocumentUnit } from '../reversals/unit.ts';
import type { Work } from './context.ts';

/** Two batches at once keep the server busy while answers travel. */
const WRITERS = 2;

/** How many batches of a unit may be written at once. */
export async function writersFor(work: Work, unit: DocumentUnit): Promise<number> {
  // A transaction holds the operation's record, so the next would wait for it in any case.
  if (work.transactions) return 1;
  return (await orderCounts(work.ports.db, unit.collection, unit.fields)) ? 1 : WRITERS;
}

import type { Db, Document } from 'mongodb';
import { fromExtendedJson } from '../reversals/extended-json.ts';
import type { ImpactQuery } from '../steps/catalogue.ts';

const YEAR_MS = 365.25 * 24 * 3_600_000;
/** From less than this nothing is said of a year. */
const SHORTEST_SPAN_MS = 14 * 24 * 3_600_000;

/** What a STEP means for the business, counted over the documents that it would change. Reads only. */
export async function impactOf(db: Db, query: ImpactQuery): Promise<string> {
  const where = fromExtendedJson(query.where);
  if (query.kind === 'count') {
    const count = await db.collection(query.collection).countDocuments(where);
    return `${count.toLocaleString('en-US')} ${query.words}`;
  }
  const groups = await db
    .collection(query.collection)
    .aggregate<SumGroup>([
      { $match: where },
      {
        $group: {
          _id: `$${query.by}`,
          total: { $sum: `$${query.field}` },
          count: { $sum: 1 },
          first: { $min: `$${query.date}` },
          last: { $max: `$${query.date}` },
        },
      },
    ])
    .toArray();
  return describeSums(groups);
}

export interface SumGroup extends Document {
  _id: unknown;
  total: unknown;
  count: number;
  first: unknown;
  last: unknown;
}

/** `INR 1,234,567.50 on 120 documents (about INR 600,000 a year)`, the largest group first. Pure. */
export function describeSums(groups: readonly SumGroup[]): string {
  if (groups.length === 0) return 'no money is concerned';
  return [...groups]
    .sort((a, b) => b.count - a.count)
    .map((group) => {
      const currency = typeof group._id === 'string' ? group._id : 'without currency';
      const total = Number(String(group.total));
      const span = timeOf(group.last) - timeOf(group.first);
      const yearly =
        span >= SHORTEST_SPAN_MS ? ` (about ${money(currency, (total / span) * YEAR_MS, 0)} a year)` : '';
      return `${money(currency, total, 2)} on ${group.count.toLocaleString('en-US')} documents${yearly}`;
    })
    .join('; ');
}

function money(currency: string, amount: number, digits: number): string {
  return `${currency} ${amount.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

function timeOf(value: unknown): number {
  return value instanceof Date ? value.getTime() : Number.NaN;
}

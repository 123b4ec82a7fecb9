import { BSON } from 'mongodb';

/**
 * Values of a STEP's definition are extended JSON, as they stand in the guard file and in the operation's
 * record: `{"$date": …}`, `{"$oid": …}`, `{"$numberDecimal": …}`; plain numbers are int or double by their value.
 */
export function fromExtendedJson<T>(value: T): T {
  return (BSON.EJSON.deserialize({ v: value } as never, { relaxed: true }) as { v: T }).v;
}

import { BSON, type Collection, type Document } from 'mongodb';

/**
 * Every document of a collection by its id, as canonical extended JSON: field by field with BSON types,
 * *missing* apart from `null`, the order of top-level keys aside.
 */
export async function exactCopy(collection: Collection<Document>): Promise<Map<string, string>> {
  const copy = new Map<string, string>();
  // Promoted values would make an int of a double.
  const exact = { promoteValues: false, promoteLongs: false, bsonRegExp: true };
  for await (const document of collection.find({}, exact)) {
    const sorted = Object.fromEntries(Object.entries(document).sort(([a], [b]) => (a < b ? -1 : 1)));
    copy.set(canonical(document._id), canonical(sorted));
  }
  return copy;
}

/** Ids whose documents differ between two copies, or are in one of them alone. */
export function differences(before: Map<string, string>, after: Map<string, string>): string[] {
  const ids = new Set([...before.keys(), ...after.keys()]);
  return [...ids].filter((id) => before.get(id) !== after.get(id));
}

function canonical(value: unknown): string {
  return BSON.EJSON.stringify(value, { relaxed: false });
}

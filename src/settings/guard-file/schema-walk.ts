import * as z from 'zod';

/**
 * The schema of a path of data, for "did you mean" and for error places.
 * undefined where the path leaves the schema. Of a union the first member that knows the key.
 */
export function schemaAt(schema: z.ZodType | undefined, path: readonly PropertyKey[]): z.ZodType | undefined {
  const [head, ...rest] = path;
  if (schema === undefined || head === undefined) return schema;
  for (const option of alternatives(schema)) {
    const inner = child(option, head);
    const found = inner && schemaAt(inner, rest);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The keys that an object schema knows (of every member, for a union). */
export function knownKeys(schema: z.ZodType | undefined): string[] {
  if (schema === undefined) return [];
  return [
    ...new Set(
      alternatives(schema).flatMap((option) =>
        option instanceof z.ZodObject ? Object.keys(option.shape) : [],
      ),
    ),
  ];
}

function child(schema: z.ZodType, key: PropertyKey): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) return (schema.shape as Record<PropertyKey, z.ZodType>)[key];
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType;
  return undefined;
}

/** A schema without its wrappers; the members of a union each. */
function alternatives(schema: z.ZodType): z.ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return alternatives(schema.unwrap() as z.ZodType);
  }
  if (schema instanceof z.ZodPipe) return alternatives(schema.in as z.ZodType);
  if (schema instanceof z.ZodUnion)
    return schema.options.flatMap((option) => alternatives(option as z.ZodType));
  return [schema];
}

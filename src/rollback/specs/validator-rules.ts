/** A validator as driver values: Maps for documents. */
export type Rules = ReadonlyMap<string, unknown>;

/**
 * The validator without the rules for some fields: their entries in `$jsonSchema` (`properties`, `required`),
 * and conditions on them at the top or within `$and`. Everything else stays as it is.
 * @param fields names, nested ones with dots.
 */
export function withoutRules(validator: Rules, fields: readonly string[]): Rules {
  const kept = new Map<string, unknown>();
  for (const [key, value] of validator) {
    if (key === '$jsonSchema' && value instanceof Map) {
      const schema = fields.reduce(
        (current: Rules, field) => withoutProperty(current, field.split('.')),
        value,
      );
      if (!isEmptySchema(schema)) kept.set(key, schema);
    } else if (key === '$and' && Array.isArray(value)) {
      const parts = value
        .map((part) => (part instanceof Map ? withoutRules(part, fields) : part))
        .filter((part) => !(part instanceof Map && part.size === 0));
      if (parts.length > 0) kept.set(key, parts);
    } else if (!fields.some((field) => key === field || key.startsWith(`${field}.`))) {
      kept.set(key, value);
    }
  }
  return kept;
}

/** What a validator asks of a field, as far as `withoutRules` takes it away. */
export function rulesFor(validator: Rules, field: string): unknown[] {
  const found: unknown[] = [];
  for (const [key, value] of validator) {
    if (key === '$jsonSchema' && value instanceof Map) found.push(...propertyRules(value, field.split('.')));
    else if (key === '$and' && Array.isArray(value)) {
      for (const part of value) if (part instanceof Map) found.push(...rulesFor(part, field));
    } else if (key === field || key.startsWith(`${field}.`)) found.push(value);
  }
  return found;
}

function propertyRules(schema: Rules, path: readonly string[]): unknown[] {
  const [head, ...rest] = path;
  const found: unknown[] = [];
  for (const [key, value] of schema) {
    if (key === 'properties' && value instanceof Map) {
      const own = value.get(head ?? '');
      if (rest.length === 0) found.push(...(own === undefined ? [] : [own]));
      else if (own instanceof Map) found.push(...propertyRules(own, rest));
    } else if (key === 'required' && Array.isArray(value) && rest.length === 0) {
      if (value.includes(head)) found.push('is required');
    } else if (key === 'allOf' && Array.isArray(value)) {
      for (const part of value) if (part instanceof Map) found.push(...propertyRules(part, path));
    }
  }
  return found;
}

/** Whether a rule for a field is left somewhere that `withoutRules` does not reach (`$or`, `$expr`, `oneOf`, …). */
export function mentions(value: unknown, field: string): boolean {
  if (value instanceof Map) {
    return [...value].some(
      ([key, inner]) => key === field || key.startsWith(`${field}.`) || mentions(inner, field),
    );
  }
  if (Array.isArray(value)) return value.some((inner) => inner === field || mentions(inner, field));
  return typeof value === 'string' && (value === `$${field}` || value.startsWith(`$${field}.`));
}

function withoutProperty(schema: Rules, path: readonly string[]): Rules {
  const [head, ...rest] = path;
  if (head === undefined) return schema;
  const result = new Map<string, unknown>();
  for (const [key, value] of schema) {
    if (key === 'properties' && value instanceof Map) {
      const properties = new Map(value);
      const own = properties.get(head);
      if (rest.length === 0) properties.delete(head);
      else if (own instanceof Map) properties.set(head, withoutProperty(own, rest));
      if (properties.size > 0) result.set(key, properties);
    } else if (key === 'required' && Array.isArray(value) && rest.length === 0) {
      const required = value.filter((name) => name !== head);
      // An empty list is not allowed there.
      if (required.length > 0) result.set(key, required);
    } else if (key === 'allOf' && Array.isArray(value)) {
      result.set(
        key,
        value.map((part) => (part instanceof Map ? withoutProperty(part, path) : part)),
      );
    } else result.set(key, value);
  }
  return result;
}

/** A schema that asks for an object, and no more, allows every document. */
function isEmptySchema(schema: Rules): boolean {
  return [...schema.keys()].every(
    (key) => key === 'bsonType' || key === 'title' || key === 'description' || key === 'type',
  );
}

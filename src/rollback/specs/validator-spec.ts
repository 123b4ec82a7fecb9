import type { Document } from 'mongodb';
import { BSON } from 'mongodb';
import { driverValue } from '../bson/driver-value.ts';
import {
  BsonType,
  elementOf,
  type RawElement,
  type RawValue,
  rawOf,
  readElements,
  sameRaw,
  writeElements,
} from '../bson/raw.ts';
import { rawCommand } from './raw-cursor.ts';
import type { SpecKind } from './spec.ts';
import { mentions, type Rules, rulesFor, withoutRules } from './validator-rules.ts';

const PARTS = ['validator', 'validationLevel', 'validationAction'];

/** The validator of a collection without the rules for some fields, and the whole old one back. */
export function validatorSpec(collection: string, fields: readonly string[]): SpecKind {
  return {
    id: 'validator',
    async read(db) {
      const [found] = await rawCommand(db, {
        listCollections: 1,
        filter: { name: collection },
        cursor: {},
      } as Document);
      const options = found && elementOf(found, 'options');
      if (options === undefined) return undefined;
      const parts = readElements(options.bytes).filter(([name]) => PARTS.includes(name));
      return { type: BsonType.document, bytes: writeElements(parts) };
    },
    target(current) {
      const elements = current === undefined ? [] : readElements(current.bytes);
      const validator = elementOf(elements, 'validator');
      if (validator === undefined) return { nothing: `${collection} has no validator` };
      const rules = driverValue(validator) as Rules;
      if (!fields.some((field) => mentions(rules, field))) {
        return { nothing: `the validator of ${collection} has no rule for ${fields.join(', ')}` };
      }
      const kept = withoutRules(rules, fields);
      const left = fields.filter((field) => mentions(kept, field));
      if (left.length > 0) {
        return {
          blocked: `the validator of ${collection} speaks of ${left.join(', ')} in a place that cannot be taken out alone ($or, $expr, oneOf, …)`,
        };
      }
      const after = elements.map(
        ([name, value]): RawElement => [name, name === 'validator' ? rawOf(kept) : value],
      );
      return { change: { before: current, after: { type: BsonType.document, bytes: writeElements(after) } } };
    },
    async act(db, { to }) {
      const parts = to === undefined ? [] : readElements(to.bytes);
      const options = Object.fromEntries(parts.map(([name, value]) => [name, driverValue(value)]));
      await db.command({ collMod: collection, validator: new Map(), ...options });
    },
    same: (a, b) => sameRaw(comparable(a), comparable(b)),
    loss(before) {
      const validator = before && elementOf(readElements(before.bytes), 'validator');
      return validator === undefined ? '' : describeRules(driverValue(validator) as Rules, fields);
    },
    show(state) {
      const validator = state && elementOf(readElements(state.bytes), 'validator');
      return validator === undefined ? 'no validator' : show(validator);
    },
  };
}

/** `collMod` may leave an empty validator, or none, and fills level and action in. */
function comparable(state: RawValue | undefined): RawValue {
  const elements = state === undefined ? [] : readElements(state.bytes);
  const defaults: Record<string, string> = { validationLevel: 'strict', validationAction: 'error' };
  const parts = PARTS.map(
    (name): RawElement => [
      name,
      elementOf(elements, name) ?? rawOf(name === 'validator' ? {} : defaults[name]),
    ],
  );
  return { type: BsonType.document, bytes: writeElements(parts) };
}

function show(value: RawValue): string {
  return BSON.EJSON.stringify(BSON.deserialize(writeElements([['v', value]])).v, { relaxed: true });
}

function describeRules(rules: Rules, fields: readonly string[]): string {
  return fields
    .flatMap((field) => rulesFor(rules, field).map((rule) => `the rule that goes: ${field} ${words(rule)}`))
    .join('; ');
}

function words(rule: unknown): string {
  return typeof rule === 'string' ? rule : BSON.EJSON.stringify(rule, { relaxed: true });
}

import * as z from 'zod';
import { REVERSIBILITIES, RISKS } from '../../../report/vocabulary.ts';
import { BUILT_IN_STEPS } from '../../../rollback/steps/catalogue.ts';
import { durationText } from '../../values/common.ts';

const collection = z.string().min(1).max(255).describe('Name of a collection');
const field = z.string().min(1).max(500).describe('A field: `status`, `meta.plan`, `items[].quantity`');
const where = z
  .record(z.string(), z.json())
  .describe('Only documents that match this filter; extended JSON')
  .optional();

/** The kinds of reversal. The rollback module's own types are these with `map` as pairs. */
const reversal = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('unset-fields'),
    collection,
    fields: z.array(field).min(1).max(50),
    where,
  }),
  z.strictObject({
    kind: z.literal('set-field'),
    collection,
    field,
    value: z.json().describe('Extended JSON'),
    where,
  }),
  z.strictObject({
    kind: z.literal('map-values'),
    collection,
    field,
    map: z
      .array(z.strictObject({ from: z.json(), to: z.json() }))
      .min(1)
      .max(1_000)
      .describe('From the current value to the one it had before; extended JSON'),
    where,
  }),
  z.strictObject({
    kind: z.literal('copy-field'),
    collection,
    from: field.describe('Top-level field that kept the old value'),
    to: field.describe('Top-level field that gets it back'),
    where,
  }),
  z.strictObject({
    kind: z.literal('copy-by-reference'),
    references: z.array(z.strictObject({ collection, field })).min(1).max(50),
    map: z
      .strictObject({ collection, from: field, to: field })
      .describe('`from` holds the new value and `to` the old one'),
    where,
  }),
  z.strictObject({ kind: z.literal('edit-validator'), collection, rules: z.array(field).min(1).max(50) }),
  z.strictObject({ kind: z.literal('rename-collection'), collection, to: collection }),
  z.strictObject({
    kind: z.literal('drop-indexes'),
    collection,
    indexes: z.array(z.string().min(1).max(255)).min(1).max(100).describe('Names of indexes'),
  }),
]);
export type ReversalSection = z.output<typeof reversal>;

const risk = z.enum(RISKS).describe('`high` and `critical` ask for a confirmation');
const cost = z.string().min(1).max(500).describe('What it costs beyond the data, shown as a warning');
const reversals = z.array(reversal).min(1).max(50).describe('What rolling the STEP back does, in this order');

const override = z.strictObject({
  risk: risk.optional(),
  cost: cost.optional(),
  reversals: reversals.optional(),
});

/** As keys of their own, so that a wrong number gets the answer that a wrong key gets. */
const BUILT_IN_NUMBERS = BUILT_IN_STEPS.map(({ step }) => step);

/** The guard file's keys of rollback. */
export const ROLLBACK_SECTIONS = {
  rollback: z
    .strictObject({
      'batch-size': z
        .int()
        .min(1)
        .max(10_000)
        .optional()
        .describe('As the input of the same name, which wins'),
      'max-lag': durationText({ min: 1 }).optional().describe('As the input of the same name, which wins'),
      'max-duration': durationText({ min: 1_000 })
        .optional()
        .describe('As the input of the same name, which wins'),
      'on-conflict': z
        .enum(['fail', 'skip'])
        .optional()
        .describe('As the input of the same name, which wins'),
      'required-permission': z
        .enum(['admin', 'maintain', 'write', 'none'])
        .optional()
        .describe('Raises the input of the same name; a lower one is refused'),
      'target-batch-time': durationText({ min: 10, max: 60_000 })
        .optional()
        .describe('A batch that takes longer makes the next one smaller; 500ms if not given'),
      lease: durationText({ min: 5_000, max: 3_600_000 })
        .optional()
        .describe('A run that is not heard of for so long has lost its lease; 30s if not given'),
      transactions: z
        .enum(['auto', 'never'])
        .optional()
        .describe('auto: each batch and its checkpoint in one transaction where the server can'),
      'sensitive-fields': z
        .array(z.string().min(1).max(255))
        .max(200)
        .optional()
        .describe('Fields whose values a plan does not show, beside the usual ones'),
      'journal-retention': durationText({ min: 3_600_000, max: 10 * 366 * 24 * 3_600_000 })
        .optional()
        .describe('How long an undo is promised; `purge` refuses before. 720h if not given'),
      overrides: z
        .strictObject(Object.fromEntries(BUILT_IN_NUMBERS.map((step) => [step, override.optional()])))
        .optional()
        .describe('Parameters of built-in STEPs, by number'),
      steps: z
        .array(
          z.strictObject({
            name: z
              .string()
              .regex(/^[a-z][a-z0-9-]{1,59}$/, 'is not a name; write 2 to 60 of a-z, 0-9 and -'),
            effect: z.string().min(1).max(500).describe('What rolling it back does, in one sentence'),
            risk,
            cost: cost.optional(),
            reversibility: z
              .enum(REVERSIBILITIES)
              .optional()
              .describe('Whether the old state can come back without the journal; irreversible if not given'),
            dependents: z
              .array(z.string().max(60))
              .max(50)
              .optional()
              .describe('STEPs that build on this one'),
            reversals,
          }),
        )
        .max(100)
        .optional()
        .describe('Custom STEPs, in the order in which they were introduced'),
    })
    .describe('How data-migration STEPs are rolled back.')
    .optional(),
};

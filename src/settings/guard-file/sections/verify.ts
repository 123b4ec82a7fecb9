import * as z from 'zod';
import { parseDuration } from '../../../support/duration.ts';
import { TOPOLOGIES } from '../../../verify/mongodb/server.ts';
import { secretText } from '../../values/secret-text.ts';

/** The guard file's keys of verify. */

const duration = z
  .string()
  .refine(
    (text) => parseDuration(text) !== undefined,
    'is not a duration; write a number with its unit, such as `30s`',
  )
  .describe('A number with its unit: `500ms`, `30s`, `5m`, `24h`.');
const pattern = z
  .string()
  .min(1)
  .max(2_000)
  .describe('A regular expression in RE2 syntax: no back-references and look-arounds, so it cannot hang.');
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const matcher = z
  .union([
    scalar,
    z
      .strictObject({
        is: scalar.optional(),
        'is-not': scalar.optional(),
        contains: z.string().optional(),
        'contains-not': z.string().optional(),
        matches: pattern.optional(),
        'matches-not': pattern.optional(),
        min: z.number().optional(),
        max: z.number().optional(),
        exists: z.boolean().optional(),
      })
      .refine(
        (conditions) => Object.keys(conditions).length > 0,
        'holds no condition; write one such as `is: UP`',
      ),
  ])
  .describe('A value to be equal to, or conditions that must all hold.');

const textOrList = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

const expectations = z.strictObject({
  text: textOrList.describe('The body contains each of these.').optional(),
  'not-text': textOrList.describe('The body contains none of these.').optional(),
  matches: pattern.describe('The body matches this pattern.').optional(),
  'not-matches': pattern.describe('The body does not match this pattern.').optional(),
  json: z
    .record(z.string(), matcher)
    .describe(
      'By JSON Pointer (`/status`) or JSONPath (`$.checks[*].ok`): what each value found there must be.',
    )
    .optional(),
  headers: z.record(z.string(), matcher).describe('By name of a header: what it must be.').optional(),
});

const version = z
  .strictObject({
    expected: z
      .string()
      .min(1)
      .describe('The version; else that of the input `expected-version`.')
      .optional(),
    path: z.string().describe('JSON Pointer to the version.').optional(),
    header: z.string().min(1).describe('Header that carries the version.').optional(),
    pattern: pattern.describe('Pattern whose first group is the version.').optional(),
  })
  .refine(
    ({ path, header, pattern }) => [path, header, pattern].filter((place) => place !== undefined).length <= 1,
    'names more than one place; write one of `path`, `header` and `pattern`',
  );

const target = z.strictObject({
  name: z.string().describe('Names the target in the report and in thresholds.').optional(),
  url: secretText.describe('http or https; `${NAME}` is replaced by an environment variable.'),
  method: z
    .enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
    .describe('GET if not given. A probe is sent many times: nothing that changes data.')
    .optional(),
  headers: z.record(z.string(), secretText).describe('Sent with each probe; values are secret.').optional(),
  'bearer-token': secretText.describe('Sent as `Authorization: Bearer`.').optional(),
  'basic-auth': secretText.describe('`user:password`, sent as `Authorization: Basic`.').optional(),
  body: secretText.describe('Body of the request.').optional(),
  'expected-status': z
    .union([z.string(), z.int(), z.array(z.union([z.string(), z.int()])).min(1)])
    .describe('Codes and ranges that count as an answer.')
    .optional(),
  expect: expectations.describe('What an answer must hold beyond its status.').optional(),
  version: z
    .union([version, z.literal(false)])
    .describe('Where its version is; `false` if this target has none.')
    .optional(),
  samples: z.int().min(1).max(10_000).optional(),
  warmup: z.int().min(0).max(1_000).optional(),
  interval: duration.optional(),
  timeout: duration.optional(),
  retries: z.int().min(0).max(20).optional(),
  redirects: z.int().min(0).max(20).describe('How many to follow; 0 refuses any.').optional(),
  connections: z
    .enum(['new', 'reuse'])
    .describe('`new`: each sample opens its own, so that a balancer spreads them over all instances.')
    .optional(),
  'http-version': z.enum(['auto', '1.1', '2']).optional(),
  'body-limit': z.int().min(1).max(1_073_741_824).describe('More bytes than this fail the probe.').optional(),
  'tls-ca': z.string().describe('Path of a PEM file with the certificates to trust.').optional(),
});

const collectionName = z.string().min(1).max(255);
const indexKey = z
  .record(
    z.string().min(1),
    z.union([z.literal(1), z.literal(-1), z.enum(['text', 'hashed', '2d', '2dsphere'])]),
  )
  .refine((key) => Object.keys(key).length > 0, 'names no field; write one such as `{ customer_id: 1 }`')
  .describe('Fields in order: 1, -1, text, hashed, 2d, 2dsphere.');

const collection = z.strictObject({
  name: collectionName,
  min: z.int().min(0).describe('At least so many documents.').optional(),
  max: z.int().min(0).describe('At most so many documents.').optional(),
  change: z
    .string()
    .regex(/^\d{1,3}(\.\d+)?%$/, 'is not a percentage; write one such as `5%`')
    .describe('How far the count may move from the baseline, up or down; needs `baseline: compare`.')
    .optional(),
  indexes: z
    .array(
      z.union([
        z.strictObject({ key: indexKey, unique: z.boolean().optional(), name: z.string().min(1).optional() }),
        indexKey,
      ]),
    )
    .max(64)
    .describe('Indexes that must be there, beside the one on `_id`; any other is unexpected.')
    .optional(),
});

export type CollectionSection = z.output<typeof collection>;
export type TargetSection = z.output<typeof target>;
export type MatcherSection = z.output<typeof matcher>;
export type ExpectationsSection = z.output<typeof expectations>;

const mongodb = z.strictObject({
  version: z
    .string()
    .min(1)
    .max(200)
    .describe('Versions of the server that will do, as npm writes ranges: `>=7.0 <9`, `7.x || 8.x`.')
    .optional(),
  topology: z.enum(TOPOLOGIES).describe('What the server must be.').optional(),
  'feature-compatibility-version': z
    .string()
    .regex(/^\d+\.\d+$/, 'is not a feature compatibility version; write one such as `"7.0"`, in quotes')
    .describe('The feature compatibility version that must be set, in quotes.')
    .optional(),
  collections: z
    .array(z.union([collectionName, collection]))
    .max(1_000)
    .describe('Collections to count, and what is expected of them.')
    .optional(),
  'long-running': duration
    .describe('An operation that runs longer is reported; `60s` if not given.')
    .optional(),
});

export type MongodbSection = z.output<typeof mongodb>;

export const VERIFY_SECTIONS = {
  targets: z
    .array(z.union([secretText, target]))
    .min(1)
    .max(10_000)
    .describe(
      'What to probe: `NAME=URL`, or a mapping with its own options. The input `targets` replaces these.',
    )
    .optional(),
  thresholds: z
    .array(z.string())
    .min(1)
    .max(1_000)
    .describe('What is judged; each as in the input `thresholds`, which replaces these.')
    .optional(),
  mongodb: mongodb.describe('What is expected of the database.').optional(),
};

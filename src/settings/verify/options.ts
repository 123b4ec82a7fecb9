import type * as z from 'zod';
import { nearest } from '../../support/nearest.ts';
import type { TargetOptions } from '../../verify/http/options.ts';
import { METRICS } from '../../verify/metrics/catalogue.ts';
import type { MongoOptions } from '../../verify/mongodb/options.ts';
import type { VerifyOptions } from '../../verify/options.ts';
import type { Threshold } from '../../verify/thresholds/condition.ts';
import { withImplied } from '../../verify/thresholds/defaults.ts';
import { parseThreshold } from '../../verify/thresholds/parse.ts';
import type { Problems } from '../context/problems.ts';
import type { SettingsContext } from '../context/settings-context.ts';
import type { VERIFY_SECTIONS } from '../guard-file/sections/verify.ts';
import { VERIFY_INPUTS } from '../inputs/verify.ts';
import { thresholdMessage } from '../values/verify.ts';
import { databaseOf, limitsOf } from './database.ts';
import { appOf, controlOf, sharedHeaders, targetsOf, type VerifyInputs } from './targets.ts';

type Sections = { [Key in keyof typeof VERIFY_SECTIONS]?: z.output<(typeof VERIFY_SECTIONS)[Key]> };

/** Inputs and guard file, as one set of options for `verify`; undefined where there was a problem. */
export async function verifyOptions(
  inputs: VerifyInputs,
  file: Sections,
  problems: Problems,
  context: SettingsContext,
): Promise<VerifyOptions | undefined> {
  // What follows reads these; a missing one was wrong, and that has been told already.
  const broken = Object.entries(VERIFY_INPUTS).some(
    ([name, input]) => 'default' in input && inputs[name as keyof VerifyInputs] === undefined,
  );
  if (broken) return undefined;
  if (
    inputs['expected-version'] !== undefined &&
    !inputs.targets &&
    !file.targets &&
    !inputs['health-base-url']
  ) {
    problems.add(
      'expected-version',
      'there is nothing to read the version from',
      'Give `targets` or `health-base-url`.',
    );
  }
  if (inputs['version-header'] !== undefined && inputs['version-pattern'] !== undefined) {
    problems.add('version-pattern', 'the input `version-header` is given as well', 'Give one of them.');
  }
  const shared = sharedHeaders(inputs, problems);
  const targets = await targetsOf(inputs, file.targets, shared, problems, context);
  const app = appOf(inputs, shared);
  const database = await databaseOf(file.mongodb, problems, context);
  const written = [
    ...(inputs.thresholds ?? thresholdsOf(file, problems, context)),
    ...limitsOf(file.mongodb),
  ];

  if (targets.length === 0 && !app && !context.hasMongodbUri && !problems.any) {
    problems.add(
      'targets',
      'there is nothing to verify',
      'Write at least one URL, such as `targets: https://api.example.com/health`, or give `mongodb-uri`.',
    );
  }
  if (file.mongodb && !context.hasMongodbUri) {
    problems.add(
      context.locate(['mongodb']),
      'the guard file expects things of MongoDB, but `mongodb-uri` is not given',
      'Give `mongodb-uri` (is the secret set in this environment?), or take the key `mongodb` out.',
    );
  }
  const sources = { hasApp: app !== undefined, compared: inputs.baseline !== 'none', database };
  // Targets that are wrong themselves would only be told a second time.
  if (!problems.any)
    for (const threshold of written) checkThreshold(threshold, targets, sources, context, problems);
  if (problems.any) return undefined;

  return {
    targets,
    ...(context.hasMongodbUri
      ? {
          mongo: {
            timeoutMs: inputs.timeout,
            samples: inputs.samples,
            warmup: inputs.warmup,
            intervalMs: inputs.interval,
            ...database,
          },
        }
      : {}),
    ...(app ? { app } : {}),
    ...(inputs['control-target'] ? { control: controlOf(inputs['control-target'], inputs) } : {}),
    thresholds: withImplied(written, {
      targets: targets.map(({ name, url }) => ({ name, https: url.protocol === 'https:' })),
      mongodb: context.hasMongodbUri,
      indexes: database.indexes.size > 0,
      compared: inputs.baseline === 'compare',
    }),
    initialDelayMs: inputs['initial-delay'],
    waitTimeoutMs: inputs['wait-timeout'],
    concurrency: inputs.concurrency,
    baseline: { mode: inputs.baseline, floorMs: inputs['baseline-floor'] },
    failOn: inputs['fail-on'],
    notices: noticesOf(inputs, file, targets),
  };
}

/** Where something that was written down is not looked at, somebody must say so. */
function noticesOf(inputs: VerifyInputs, file: Sections, targets: readonly TargetOptions[]): string[] {
  const notices: string[] = [];
  if (inputs.targets && file.targets) {
    notices.push(
      'The input `targets` is given, so the targets of the guard file, with their options, are not used.',
    );
  }
  if (inputs.thresholds && file.thresholds) {
    notices.push('The input `thresholds` is given, so those of the guard file are not used.');
  }
  if (targets.length === 0) notices.push('No target is given, so no address of the service is probed.');
  return notices;
}

function thresholdsOf(file: Sections, problems: Problems, context: SettingsContext): Threshold[] {
  return (file.thresholds ?? []).flatMap((text, index) => {
    const result = parseThreshold(text);
    if (result.ok) return [result.threshold];
    problems.add(context.locate(['thresholds', index]), thresholdMessage(text, result.error));
    return [];
  });
}

const NEED_INDEXES = new Set(['mongodb_missing_indexes', 'mongodb_unexpected_indexes']);

/** A threshold that nothing could ever be measured for guards nothing. */
function checkThreshold(
  threshold: Threshold,
  targets: readonly TargetOptions[],
  {
    hasApp,
    compared,
    database,
  }: { hasApp: boolean; compared: boolean; database: Pick<MongoOptions, 'indexes' | 'collections'> },
  context: SettingsContext,
  problems: Problems,
): void {
  const metric = METRICS.get(threshold.metric);
  const where = 'thresholds';
  if (metric?.kind === 'mongodb' && !context.hasMongodbUri) {
    problems.add(where, `\`${threshold.text}\` needs MongoDB`, 'Give `mongodb-uri`.');
  }
  if (NEED_INDEXES.has(threshold.metric) && database.indexes.size === 0) {
    problems.add(
      where,
      `\`${threshold.text}\` needs the indexes that you expect, and the guard file has none`,
      'Write them under `mongodb.collections`, such as `{ name: orders, indexes: [{ customer_id: 1 }] }`.',
    );
  }
  if (threshold.metric === 'mongodb_unused_indexes' && database.collections.length === 0) {
    problems.add(
      where,
      `\`${threshold.text}\` needs collections to look at, and the guard file names none`,
      'Write them under `mongodb.collections`.',
    );
  }
  if (metric?.kind === 'app' && !hasApp) {
    problems.add(
      where,
      `\`${threshold.text}\` needs what the service says of itself`,
      'Give `health-base-url` or `prometheus-url`.',
    );
  }
  if (metric?.kind === 'http' || metric?.kind === 'tls') {
    if (targets.length === 0) problems.add(where, `\`${threshold.text}\` needs a target`, 'Give `targets`.');
    const concerned = targets.filter(({ name }) => (threshold.labels.target ?? name) === name);
    if (targets.length > 0 && concerned.length === 0) {
      const names = targets.map(({ name }) => name);
      const near = nearest(threshold.labels.target ?? '', names);
      problems.add(
        where,
        `\`${threshold.text}\`: there is no target '${threshold.labels.target}'`,
        near ? `Did you mean '${near}'?` : `The targets are: ${names.slice(0, 10).join(', ')}.`,
      );
    } else if (
      metric.kind === 'tls' &&
      concerned.length > 0 &&
      !concerned.some(({ url }) => url.protocol === 'https:')
    ) {
      problems.add(where, `\`${threshold.text}\` needs a target with https`);
    }
  }
  for (const level of [threshold.fail, threshold.warn]) {
    if (level?.relative && !compared) {
      problems.add(
        where,
        `\`${threshold.text}\` compares with a baseline, and there is none`,
        'Set `baseline` to `compare`, or write an absolute limit such as `p(95)<500ms`.',
      );
    }
  }
}

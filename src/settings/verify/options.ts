import type * as z from 'zod';
import { nearest } from '../../support/nearest.ts';
import { input, type Text, text } from '../../support/problem.ts';
import type { TargetOptions } from '../../verify/http/options.ts';
import { METRICS } from '../../verify/metrics/catalogue.ts';
import type { MongoOptions } from '../../verify/mongodb/options.ts';
import type { VerifyOptions } from '../../verify/options.ts';
import type { Threshold } from '../../verify/thresholds/condition.ts';
import { withImplied } from '../../verify/thresholds/defaults.ts';
import { parseThreshold } from '../../verify/thresholds/parse.ts';
import type { SettingsContext } from '../context/settings-context.ts';
import type { VERIFY_SECTIONS } from '../guard-file/sections/verify.ts';
import { VERIFY_INPUTS } from '../inputs/verify.ts';
import { thresholdProblem } from '../values/verify.ts';
import { databaseOf, limitsOf } from './database.ts';
import { appOf, controlOf, sharedHeaders, targetsOf, type VerifyInputs } from './targets.ts';

type Sections = { [Key in keyof typeof VERIFY_SECTIONS]?: z.output<(typeof VERIFY_SECTIONS)[Key]> };

/** Inputs and guard file, as one set of options for `verify`; undefined if there was a problem. */
export async function verifyOptions(
  inputs: VerifyInputs,
  file: Sections,
  context: SettingsContext,
): Promise<VerifyOptions | undefined> {
  const { problems } = context;
  const { hasMongodbUri } = context.facts;
  // What follows reads these; a missing one was wrong, and its problem is recorded already.
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
    context
      .input('expected-version')
      .refuse(
        'no-source-of-version',
        'there is nothing to read the version from',
        text`Give ${input('targets')} or ${input('health-base-url')}.`,
      );
  }
  if (inputs['version-header'] !== undefined && inputs['version-pattern'] !== undefined) {
    context
      .input('version-pattern')
      .refuse('given-twice', text`is given as well as ${input('version-header')}`, 'Give one of them.');
  }
  const shared = sharedHeaders(inputs, context);
  const targets = await targetsOf(inputs, file.targets, shared, context);
  const app = appOf(inputs, shared);
  const database = await databaseOf(file.mongodb, context);
  const written = [...(inputs.thresholds ?? thresholdsOf(file, context)), ...limitsOf(file.mongodb)];

  if (targets.length === 0 && !app && !hasMongodbUri && !problems.any) {
    context
      .input('targets')
      .refuse(
        'nothing-to-verify',
        'there is nothing to verify',
        text`Write at least one URL, such as ${input('targets', 'https://api.example.com/health')}, or give ${input('mongodb-uri')}.`,
      );
  }
  if (file.mongodb && !hasMongodbUri) {
    context
      .file('mongodb')
      .refuse(
        'needs-mongodb',
        text`the guard file expects things of MongoDB, but ${input('mongodb-uri')} is not given`,
        text`Give ${input('mongodb-uri')} (is the secret set in this environment?), or take the key \`mongodb\` out.`,
      );
  }
  const sources = { hasApp: app !== undefined, compared: inputs.baseline !== 'none', database };
  // Targets that are wrong themselves would only be reported a second time.
  if (!problems.any) for (const threshold of written) checkThreshold(threshold, targets, sources, context);
  if (problems.any) return undefined;

  return {
    targets,
    ...(hasMongodbUri
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
      mongodb: hasMongodbUri,
      indexes: database.indexes.size > 0,
      compared: inputs.baseline === 'compare',
    }),
    initialDelayMs: inputs['initial-delay'],
    waitTimeoutMs: inputs['wait-timeout'],
    concurrency: inputs.concurrency,
    baseline: { mode: inputs.baseline, floorMs: inputs['baseline-floor'] },
    failOn: inputs['fail-on'],
    notices: noticesOf(inputs, file, targets, context.facts.unmerged),
  };
}

/** What was configured and is not used. */
function noticesOf(
  inputs: VerifyInputs,
  file: Sections,
  targets: readonly TargetOptions[],
  unmerged: string | undefined,
): string[] {
  const notices: string[] = [];
  const credentials = (['headers', 'bearer-token'] as const).filter((name) => inputs[name] !== undefined);
  if (unmerged !== undefined && !inputs.targets && file.targets && credentials.length > 0) {
    notices.push(
      `The targets are the guard file's, and ${unmerged}: ${credentials.join(' and ')} of the inputs are not sent to them.`,
    );
  }
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

function thresholdsOf(file: Sections, context: SettingsContext): Threshold[] {
  return (file.thresholds ?? []).flatMap((line, index) => {
    const result = parseThreshold(line);
    if (result.ok) return [result.threshold];
    context.file('thresholds', index).refuseAs(thresholdProblem(line, result.error));
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
): void {
  const metric = METRICS.get(threshold.metric);
  const refuse = (code: string, complaint: string, hint?: Text) =>
    context.input('thresholds').refuseAs({
      code,
      value: `\`${threshold.text}\``,
      message: complaint,
      ...(hint === undefined ? {} : { hint }),
    });
  if (metric?.kind === 'mongodb' && !context.facts.hasMongodbUri)
    refuse('needs-mongodb', 'needs MongoDB', text`Give ${input('mongodb-uri')}.`);
  if (NEED_INDEXES.has(threshold.metric) && database.indexes.size === 0)
    refuse(
      'needs-indexes',
      'needs the indexes that you expect, and the guard file has none',
      'Write them under `mongodb.collections`, such as `{ name: orders, indexes: [{ customer_id: 1 }] }`.',
    );
  if (threshold.metric === 'mongodb_unused_indexes' && database.collections.length === 0)
    refuse(
      'needs-collections',
      'needs collections, and the guard file names none',
      'Write them under `mongodb.collections`.',
    );
  if (metric?.kind === 'app' && !hasApp)
    refuse(
      'needs-app-metrics',
      "needs the service's own metrics",
      text`Give ${input('health-base-url')} or ${input('prometheus-url')}.`,
    );
  if (metric?.kind === 'http' || metric?.kind === 'tls') {
    if (targets.length === 0) refuse('needs-target', 'needs a target', text`Give ${input('targets')}.`);
    const concerned = targets.filter(({ name }) => (threshold.labels.target ?? name) === name);
    if (targets.length > 0 && concerned.length === 0) {
      const names = targets.map(({ name }) => name);
      const near = nearest(threshold.labels.target ?? '', names);
      refuse(
        'unknown-target',
        `names the target '${threshold.labels.target}', which does not exist`,
        near ? `Did you mean '${near}'?` : `The targets are: ${names.slice(0, 10).join(', ')}.`,
      );
    } else if (
      metric.kind === 'tls' &&
      concerned.length > 0 &&
      !concerned.some(({ url }) => url.protocol === 'https:')
    )
      refuse('needs-https', 'needs a target with https');
  }
  for (const level of [threshold.fail, threshold.warn]) {
    if (level?.relative && !compared)
      refuse(
        'needs-baseline',
        'compares with a baseline, and there is none',
        text`Write ${input('baseline', 'compare')}, or an absolute limit such as \`p(95)<500ms\`.`,
      );
  }
}

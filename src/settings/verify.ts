import type * as z from 'zod';
import { nearest } from '../support/nearest.ts';
import { withImplied } from '../verify/defaults.ts';
import { METRICS } from '../verify/metrics.ts';
import type { TargetOptions, VerifyOptions } from '../verify/options.ts';
import { parseThreshold, type Threshold } from '../verify/thresholds.ts';
import type { SettingsContext } from './context.ts';
import type { InputValues } from './input.ts';
import type { VERIFY_INPUTS } from './inputs/verify.ts';
import type { Problems } from './problems.ts';
import type { VERIFY_SECTIONS } from './sections/verify.ts';
import { type NamedUrl, nameProblem, thresholdMessage } from './verify-values.ts';

type Inputs = InputValues<typeof VERIFY_INPUTS>;
type Sections = { [Key in keyof typeof VERIFY_SECTIONS]?: z.output<(typeof VERIFY_SECTIONS)[Key]> };

const BODY_LIMIT = 10 * 1024 * 1024;
const MOST_REDIRECTS = 5;

/** Inputs and guard file, as one set of options for `verify`; undefined where there was a problem. */
export function verifyOptions(
  inputs: Inputs,
  file: Sections,
  problems: Problems,
  context: SettingsContext,
): VerifyOptions | undefined {
  const targets = targetsOf(inputs, problems);
  const written = inputs.thresholds ?? thresholdsOf(file, problems, context);
  if (problems.any) return undefined;

  if (targets.length === 0 && !context.hasMongodbUri) {
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
  for (const threshold of written) checkThreshold(threshold, targets, context, problems);
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
            collections: file.mongodb?.collections ?? [],
          },
        }
      : {}),
    ...(inputs['control-target'] ? { control: controlOf(inputs['control-target'], inputs) } : {}),
    thresholds: withImplied(written, {
      targets: targets.map(({ name, url }) => ({ name, https: url.protocol === 'https:' })),
      mongodb: context.hasMongodbUri,
    }),
    initialDelayMs: inputs['initial-delay'],
    waitTimeoutMs: inputs['wait-timeout'],
    concurrency: inputs.concurrency,
    failOn: inputs['fail-on'],
  };
}

function targetsOf(inputs: Inputs, problems: Problems): TargetOptions[] {
  const headers: Record<string, string> = { ...inputs.headers };
  const token = inputs['bearer-token'];
  if (token !== undefined) {
    if (headers.authorization !== undefined) {
      problems.add('bearer-token', 'the header `Authorization` is given as well', 'Give one of them.');
    }
    headers.authorization = `Bearer ${token}`;
  }
  const targets: TargetOptions[] = [];
  const names = new Set<string>();
  for (const entry of inputs.targets ?? []) {
    const name = entry.name ?? freeName(entry, names);
    if (names.has(name)) {
      problems.add('targets', `two targets are called '${name}'`, 'Give each a name of its own: `NAME=URL`.');
    }
    names.add(name);
    targets.push(targetOf(name, entry.url, headers, inputs));
  }
  return targets;
}

function targetOf(
  name: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
  inputs: Inputs,
): TargetOptions {
  const { address, authorization } = withoutUserInfo(url);
  const expected = inputs['expected-version'];
  return {
    name,
    url: address,
    method: 'GET',
    headers: {
      accept: '*/*',
      'user-agent': 'deploy-guard',
      ...headers,
      // User info is meant for this one target, so it wins over a token for all.
      ...(authorization === undefined ? {} : { authorization }),
    },
    expectedStatus: inputs['expected-status'],
    timeoutMs: inputs.timeout,
    samples: inputs.samples,
    warmup: inputs.warmup,
    intervalMs: inputs.interval,
    maxRedirects: MOST_REDIRECTS,
    bodyLimit: BODY_LIMIT,
    ...(expected === undefined
      ? {}
      : { version: { expected, place: { kind: 'json', pointer: inputs['version-path'] } } }),
    // Paced samples each open a connection of their own, so that a balancer spreads them over all
    // instances; without a pace it is a load test, which keeps its connections.
    connections: inputs.interval > 0 ? 'new' : 'reuse',
  };
}

/** The control belongs to somebody else: it gets no headers or tokens of ours. */
function controlOf(url: URL, inputs: Inputs): TargetOptions {
  return targetOf(
    'control',
    url,
    {},
    { ...inputs, 'expected-version': undefined, 'expected-status': [{ from: 100, to: 599 }] },
  );
}

/** Host and path name a target that was given without a name; never its query or user info. */
function freeName({ url }: NamedUrl, taken: ReadonlySet<string>): string {
  const plain = `${url.host}${url.pathname === '/' ? '' : url.pathname}`
    .replace(/[^\p{L}\p{N} ._/-]/gu, '-')
    .slice(0, 90);
  const name = nameProblem(plain) === undefined ? plain : 'target';
  for (let count = 2; taken.has(name); count++) {
    if (!taken.has(`${name}-${count}`)) return `${name}-${count}`;
  }
  return name;
}

function withoutUserInfo(url: URL): { address: URL; authorization?: string } {
  if (url.username === '' && url.password === '') return { address: url };
  const address = new URL(url);
  const user = `${decode(url.username)}:${decode(url.password)}`;
  address.username = '';
  address.password = '';
  return { address, authorization: `Basic ${Buffer.from(user).toString('base64')}` };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function thresholdsOf(file: Sections, problems: Problems, context: SettingsContext): Threshold[] {
  return (file.thresholds ?? []).flatMap((text, index) => {
    const result = parseThreshold(text);
    if (result.ok) return [result.threshold];
    problems.add(context.locate(['thresholds', index]), thresholdMessage(text, result.error));
    return [];
  });
}

/** A threshold that nothing could ever be measured for guards nothing. */
function checkThreshold(
  threshold: Threshold,
  targets: readonly TargetOptions[],
  context: SettingsContext,
  problems: Problems,
): void {
  const metric = METRICS.get(threshold.metric);
  const where = 'thresholds';
  if (metric?.kind === 'mongodb' && !context.hasMongodbUri) {
    problems.add(where, `\`${threshold.text}\` needs MongoDB`, 'Give `mongodb-uri`.');
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
    if (level?.relative) {
      problems.add(
        where,
        `\`${threshold.text}\` compares with a baseline, and there is none`,
        'Write an absolute limit, such as `p(95)<500ms`.',
      );
    }
  }
}

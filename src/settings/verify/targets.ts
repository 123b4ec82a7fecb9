import { readFileSync } from 'node:fs';
import { messageOf } from '../../support/errors.ts';
import { unreadable } from '../../support/paths.ts';
import type { AppOptions } from '../../verify/app/options.ts';
import type { VersionPlace } from '../../verify/http/content.ts';
import { isPointer } from '../../verify/http/content.ts';
import type { StatusRange, TargetOptions } from '../../verify/http/options.ts';
import type { Problems } from '../context/problems.ts';
import type { SettingsContext } from '../context/settings-context.ts';
import type { TargetSection } from '../guard-file/sections/verify.ts';
import type { InputValues } from '../inputs/definition.ts';
import { VERIFY_INPUTS } from '../inputs/verify.ts';
import { shorten } from '../values/common.ts';
import type { SecretText } from '../values/secret-text.ts';
import { addressProblem, headerProblem, namedTarget, nameProblem, statusRange } from '../values/verify.ts';
import { expectationsOf, patternOf } from './expectations.ts';

export type VerifyInputs = InputValues<typeof VERIFY_INPUTS>;

export const BODY_LIMIT = 10 * 1024 * 1024;
const MOST_REDIRECTS = 5;

/** One target before its defaults are filled in. */
interface Draft {
  readonly name: string | undefined;
  readonly url: URL;
  readonly own: Partial<TargetSection>;
  /** Where problems with it are told. */
  readonly where: (...path: PropertyKey[]) => string;
}

/** The targets of the input or, without it, of the guard file. */
export async function targetsOf(
  inputs: VerifyInputs,
  file: ReadonlyArray<SecretText | TargetSection> | undefined,
  shared: Readonly<Record<string, string>>,
  problems: Problems,
  context: SettingsContext,
): Promise<TargetOptions[]> {
  const drafts: Draft[] = inputs.targets
    ? inputs.targets.map(({ name, url }) => ({ name, url, own: {}, where: () => 'targets' }))
    : (file ?? []).flatMap((entry, index) => fileDraft(entry, index, problems, context));
  const names = new Set<string>();
  const targets: TargetOptions[] = [];
  for (const draft of drafts) {
    const name = draft.name ?? freeName(draft.url, names);
    if (names.has(name)) {
      problems.add(
        draft.where('name'),
        `two targets are called '${name}'`,
        'Give each a name of its own: `NAME=URL`.',
      );
    }
    names.add(name);
    targets.push(await targetOf(name, draft, shared, inputs, problems, context));
  }
  return targets;
}

/** The control belongs to somebody else: it gets no headers or tokens of ours, and any answer of it will do. */
export function controlOf(url: URL, inputs: VerifyInputs): TargetOptions {
  const { address, authorization } = withoutUserInfo(url);
  return {
    name: 'control',
    url: address,
    method: 'GET',
    headers: { ...OWN_HEADERS, ...(authorization === undefined ? {} : { authorization }) },
    expectedStatus: [{ from: 100, to: 599 }],
    timeoutMs: inputs.timeout,
    samples: 1,
    warmup: 0,
    intervalMs: 0,
    retries: 0,
    maxRedirects: MOST_REDIRECTS,
    bodyLimit: BODY_LIMIT,
    expectations: [],
    connections: 'new',
    http: 'auto',
  };
}

/** Where the service tells of itself; the same headers and token go there as to the targets. */
export function appOf(
  inputs: VerifyInputs,
  shared: Readonly<Record<string, string>>,
): AppOptions | undefined {
  const base = inputs['health-base-url'] && withoutUserInfo(inputs['health-base-url']);
  const prometheus = inputs['prometheus-url'] && withoutUserInfo(inputs['prometheus-url']);
  if (!base && !prometheus) return undefined;
  const authorization = base?.authorization ?? prometheus?.authorization;
  const expectedVersion = inputs['expected-version'];
  return {
    ...(base ? { baseUrl: base.address } : {}),
    format: inputs['health-format'],
    ...(prometheus ? { prometheusUrl: prometheus.address } : {}),
    headers: {
      'user-agent': OWN_HEADERS['user-agent'],
      ...shared,
      ...(authorization === undefined ? {} : { authorization }),
    },
    timeoutMs: inputs.timeout,
    samples: inputs.samples,
    intervalMs: inputs.interval,
    ...(expectedVersion === undefined ? {} : { expectedVersion }),
  };
}

/** A cache that heeds it asks the service itself. */
const OWN_HEADERS = { accept: '*/*', 'cache-control': 'no-cache', 'user-agent': 'deploy-guard' };

/** Headers and token of the inputs, which go to every target. */
export function sharedHeaders(inputs: VerifyInputs, problems: Problems): Record<string, string> {
  const headers: Record<string, string> = { ...inputs.headers };
  const token = inputs['bearer-token'];
  if (token !== undefined) {
    if (headers.authorization !== undefined) {
      problems.add('bearer-token', 'the header `Authorization` is given as well', 'Give one of them.');
    }
    headers.authorization = `Bearer ${token}`;
  }
  return headers;
}

function fileDraft(
  entry: SecretText | TargetSection,
  index: number,
  problems: Problems,
  context: SettingsContext,
): Draft[] {
  const where = (...path: PropertyKey[]) => context.locate(['targets', index, ...path]);
  const plain = 'template' in entry;
  const { name, address } = plain
    ? namedTarget(context.resolveSecret(entry, where()))
    : { name: entry.name, address: context.resolveSecret(entry.url, where('url')) };
  const wrongAddress = addressProblem(address);
  if (wrongAddress !== undefined) problems.add(plain ? where() : where('url'), wrongAddress);
  const wrongName = name === undefined ? undefined : nameProblem(name);
  if (wrongName !== undefined) problems.add(plain ? where() : where('name'), wrongName);
  if (wrongAddress !== undefined || wrongName !== undefined) return [];
  return [{ name, url: new URL(address), own: plain ? {} : entry, where }];
}

async function targetOf(
  name: string,
  { url, own, where }: Draft,
  shared: Readonly<Record<string, string>>,
  inputs: VerifyInputs,
  problems: Problems,
  context: SettingsContext,
): Promise<TargetOptions> {
  const { address, authorization } = withoutUserInfo(url);
  const intervalMs = durationOf('interval', own, where, problems) ?? inputs.interval;
  const method = own.method ?? 'GET';
  const body = own.body && context.resolveSecret(own.body, where('body'));
  if (body !== undefined && (method === 'GET' || method === 'HEAD')) {
    problems.add(
      where('body'),
      `a ${method} request has no body`,
      'Write `method: POST`, or leave the body out.',
    );
  }
  const version = await versionOf(own, inputs, where, problems);
  const expectations = own.expect ? await expectationsOf(own.expect, where, problems) : [];
  if (
    method === 'HEAD' &&
    (expectations.some(({ on }) => on !== 'header') || (version && version.place.kind !== 'header'))
  ) {
    problems.add(where('method'), 'the answer to HEAD has no body to check', 'Write `method: GET`.');
  }
  const ca =
    own['tls-ca'] === undefined ? undefined : readCertificates(own['tls-ca'], where('tls-ca'), problems);
  return {
    name,
    url: address,
    method,
    headers: {
      ...OWN_HEADERS,
      ...shared,
      // What is meant for this one target wins over what all of them get.
      ...(authorization === undefined ? {} : { authorization }),
      ...ownHeaders(own, where, problems, context),
    },
    ...(body === undefined ? {} : { body }),
    expectedStatus: statusesOf(own['expected-status'], where, problems) ?? inputs['expected-status'],
    timeoutMs: durationOf('timeout', own, where, problems) ?? inputs.timeout,
    samples: own.samples ?? inputs.samples,
    warmup: own.warmup ?? inputs.warmup,
    intervalMs,
    retries: own.retries ?? inputs.retries,
    maxRedirects: own.redirects ?? MOST_REDIRECTS,
    bodyLimit: own['body-limit'] ?? BODY_LIMIT,
    ...(version ? { version } : {}),
    expectations,
    // Paced samples each open a connection of their own, so that a balancer spreads them over all
    // instances; without a pace it is a load test, which keeps its connections.
    connections: own.connections ?? (intervalMs > 0 ? 'new' : 'reuse'),
    http: own['http-version'] ?? 'auto',
    ...(ca === undefined ? {} : { ca }),
  };
}

function ownHeaders(
  own: Partial<TargetSection>,
  where: Draft['where'],
  problems: Problems,
  context: SettingsContext,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, text] of Object.entries(own.headers ?? {})) {
    const value = context.resolveSecret(text, where('headers', name));
    const problem = headerProblem(name, value);
    if (problem !== undefined) problems.add(where('headers', name), problem);
    headers[name.toLowerCase()] = value;
  }
  const token = own['bearer-token'];
  const basic = own['basic-auth'];
  if ([token, basic, headers.authorization].filter((given) => given !== undefined).length > 1) {
    problems.add(
      where(),
      'gives `Authorization` more than once',
      'Write one of `bearer-token`, `basic-auth` and the header.',
    );
  }
  if (token) headers.authorization = `Bearer ${context.resolveSecret(token, where('bearer-token'))}`;
  if (basic) {
    const user = context.resolveSecret(basic, where('basic-auth'));
    if (!user.includes(':')) problems.add(where('basic-auth'), 'is not `user:password`');
    headers.authorization = `Basic ${Buffer.from(user).toString('base64')}`;
  }
  return headers;
}

async function versionOf(
  own: Partial<TargetSection>,
  inputs: VerifyInputs,
  where: Draft['where'],
  problems: Problems,
): Promise<TargetOptions['version']> {
  if (own.version === false) return undefined;
  // With a health endpoint the version is read there, unless the target says where it has its own.
  const asked = inputs['version-header'] ?? inputs['version-pattern'];
  if (own.version === undefined && inputs['health-base-url'] && asked === undefined) return undefined;
  const expected = own.version?.expected ?? inputs['expected-version'];
  if (expected === undefined) {
    if (own.version) {
      problems.add(
        where('version'),
        'says where the version stands, but not which',
        'Write `expected`, or give the input `expected-version`.',
      );
    }
    return undefined;
  }
  const { path, header, pattern } = own.version ?? {
    header: inputs['version-header'],
    pattern: inputs['version-pattern'],
  };
  const place = async (): Promise<VersionPlace | undefined> => {
    if (header !== undefined) return { kind: 'header', name: header.toLowerCase() };
    if (pattern !== undefined) {
      const place = own.version ? where('version', 'pattern') : 'version-pattern';
      const compiled = await patternOf(pattern, place, problems);
      return compiled && { kind: 'pattern', pattern: compiled };
    }
    const pointer = path ?? inputs['version-path'];
    if (isPointer(pointer)) return { kind: 'json', pointer };
    problems.add(
      where('version', 'path'),
      `'${shorten(pointer)}' is no JSON Pointer; write one such as \`/version\``,
    );
    return undefined;
  };
  const found = await place();
  return found && { expected, place: found };
}

function statusesOf(
  given: TargetSection['expected-status'],
  where: Draft['where'],
  problems: Problems,
): StatusRange[] | undefined {
  if (given === undefined) return undefined;
  const entries = (Array.isArray(given) ? given : [given]).flatMap((entry) => String(entry).split(','));
  return entries.flatMap((entry) => {
    const range = statusRange(entry.trim());
    if (range) return [range];
    problems.add(
      where('expected-status'),
      `'${shorten(entry)}' is no status code or range; write \`200\` or \`200-299\``,
    );
    return [];
  });
}

function readCertificates(path: string, where: string, problems: Problems): string | undefined {
  const refused = unreadable(path);
  if (refused !== undefined) {
    problems.add(where, `cannot read ${path}: ${refused}`);
    return undefined;
  }
  try {
    const text = readFileSync(path, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
    problems.add(where, `${path} holds no certificate in PEM`);
  } catch (error) {
    problems.add(where, `cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? messageOf(error)}`);
  }
  return undefined;
}

/** Within the limits of the input of that name: a timer of weeks would end at once, and one of 0 cuts every probe. */
function durationOf(
  name: 'interval' | 'timeout',
  own: Partial<TargetSection>,
  where: Draft['where'],
  problems: Problems,
): number | undefined {
  const text = own[name];
  if (text === undefined) return undefined;
  const parsed = VERIFY_INPUTS[name].schema.safeParse(text);
  for (const { message } of parsed.error?.issues ?? []) problems.add(where(name), message);
  return parsed.data;
}

/** Host and path name a target that was given without a name; never its query or user info. */
function freeName(url: URL, taken: ReadonlySet<string>): string {
  const plain = `${url.host}${url.pathname === '/' ? '' : url.pathname}`
    .replace(/[^\p{L}\p{N} ._/-]/gu, '-')
    .slice(0, 90);
  const name = nameProblem(plain) === undefined ? plain : 'target';
  if (!taken.has(name)) return name;
  for (let count = 2; ; count++) if (!taken.has(`${name}-${count}`)) return `${name}-${count}`;
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

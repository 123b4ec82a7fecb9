import { readFileSync } from 'node:fs';
import { messageOf } from '../../support/errors.ts';
import { unreadable } from '../../support/paths.ts';
import { input, text } from '../../support/problem.ts';
import type { AppOptions } from '../../verify/app/options.ts';
import type { VersionPlace } from '../../verify/http/content.ts';
import { isPointer } from '../../verify/http/content.ts';
import type { StatusRange, TargetOptions } from '../../verify/http/options.ts';
import type { Location } from '../context/location.ts';
import type { SettingsContext, SettingsFacts } from '../context/settings-context.ts';
import type { TargetSection } from '../guard-file/sections/verify.ts';
import type { InputValues } from '../inputs/definition.ts';
import { VERIFY_INPUTS } from '../inputs/verify.ts';
import { oneLine, refusalOf } from '../values/refusal.ts';
import type { SecretText } from '../values/secret-text.ts';
import {
  addressProblem,
  headerProblem,
  namedTarget,
  nameProblem,
  pointerProblem,
  statusProblem,
  statusRange,
} from '../values/verify.ts';
import { expectationsOf, patternOf } from './expectations.ts';

export type VerifyInputs = InputValues<typeof VERIFY_INPUTS>;

const BODY_LIMIT = 10 * 1024 * 1024;
const MOST_REDIRECTS = 5;
const DEFAULT_VERSION_PATH = VERIFY_INPUTS['version-path'].default;

/** One target before its defaults are filled in. */
interface Draft {
  readonly name: string | undefined;
  readonly url: URL;
  readonly own: Partial<TargetSection>;
  readonly place: Location;
}

/** The targets of the input or, without it, of the guard file. */
export async function targetsOf(
  inputs: VerifyInputs,
  file: ReadonlyArray<SecretText | TargetSection> | undefined,
  shared: Readonly<Record<string, string>>,
  context: SettingsContext,
): Promise<TargetOptions[]> {
  // The guard file of code that is not merged names whom it likes: credentials of inputs are not for these.
  const forTargets = inputs.targets || context.facts.unmerged === undefined ? shared : {};
  const drafts: Draft[] = inputs.targets
    ? inputs.targets.map(({ name, url }) => ({ name, url, own: {}, place: context.input('targets') }))
    : (file ?? []).flatMap((entry, index) => fileDraft(entry, context.file('targets', index)));
  const names = new Set<string>();
  const targets: TargetOptions[] = [];
  for (const draft of drafts) {
    const name = draft.name ?? freeName(draft.url, names);
    if (names.has(name)) {
      draft.place
        .at('name')
        .refuse('target-twice', `two targets are named '${name}'`, 'Give each its own name: `NAME=URL`.');
    }
    names.add(name);
    targets.push(await new TargetReader(draft, inputs, context.facts).read(name, forTargets));
  }
  return targets;
}

/** The control is a third party's host: it gets none of our headers and tokens, and any answer of it counts. */
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

/** The health endpoints; they get the same headers and token as the targets. */
export function appOf(
  inputs: VerifyInputs,
  shared: Readonly<Record<string, string>>,
): AppOptions | undefined {
  const base = inputs['health-base-url'] && withoutUserInfo(inputs['health-base-url']);
  const prometheus = inputs['prometheus-url'] && withoutUserInfo(inputs['prometheus-url']);
  if (!base && !prometheus) return undefined;
  const origins = new Map(
    [base, prometheus].flatMap((one) =>
      one?.authorization === undefined ? [] : [[one.address.origin, one.authorization] as const],
    ),
  );
  const headersFor = (one: { address: URL; authorization?: string } | undefined) => {
    // User info is for the origin that it was written for.
    const own = one && (one.authorization ?? origins.get(one.address.origin));
    return {
      'user-agent': OWN_HEADERS['user-agent'],
      ...shared,
      ...(own === undefined ? {} : { authorization: own }),
    };
  };
  const expectedVersion = inputs['expected-version'];
  return {
    ...(base ? { baseUrl: base.address } : {}),
    format: inputs['health-format'],
    ...(prometheus ? { prometheusUrl: prometheus.address, prometheusHeaders: headersFor(prometheus) } : {}),
    headers: headersFor(base ?? prometheus),
    timeoutMs: inputs.timeout,
    samples: inputs.samples,
    intervalMs: inputs.interval,
    ...(expectedVersion === undefined ? {} : { expectedVersion }),
    // The default is each format's own place.
    ...(inputs['version-path'] === DEFAULT_VERSION_PATH ? {} : { versionPointer: inputs['version-path'] }),
  };
}

/** A cache that heeds it asks the service itself. */
const OWN_HEADERS = { accept: '*/*', 'cache-control': 'no-cache', 'user-agent': 'deploy-guard' };

/** Headers and token of the inputs, which go to every target. */
export function sharedHeaders(inputs: VerifyInputs, context: SettingsContext): Record<string, string> {
  const headers: Record<string, string> = { ...inputs.headers };
  const token = inputs['bearer-token'];
  if (token !== undefined) {
    if (headers.authorization !== undefined) {
      context
        .input('bearer-token')
        .refuse('given-twice', 'the header `Authorization` is given as well', 'Give one of them.');
    }
    headers.authorization = `Bearer ${token}`;
  }
  return headers;
}

function fileDraft(entry: SecretText | TargetSection, place: Location): Draft[] {
  const plain = 'template' in entry;
  const { name, address } = plain
    ? namedTarget(place.secret(entry))
    : { name: entry.name, address: place.at('url').secret(entry.url) };
  const wrongAddress = addressProblem(address);
  if (wrongAddress !== undefined) (plain ? place : place.at('url')).refuseAs(wrongAddress);
  const wrongName = name === undefined ? undefined : nameProblem(name);
  if (wrongName !== undefined) (plain ? place : place.at('name')).refuseAs(wrongName);
  if (wrongAddress !== undefined || wrongName !== undefined) return [];
  return [{ name, url: new URL(address), own: plain ? {} : entry, place }];
}

/** One target: its own options, then the inputs, then the defaults. */
class TargetReader {
  readonly #url: URL;
  readonly #own: Partial<TargetSection>;
  readonly #place: Location;
  readonly #inputs: VerifyInputs;
  readonly #facts: SettingsFacts;

  constructor({ url, own, place }: Draft, inputs: VerifyInputs, facts: SettingsFacts) {
    this.#facts = facts;
    this.#url = url;
    this.#own = own;
    this.#place = place;
    this.#inputs = inputs;
  }

  async read(name: string, shared: Readonly<Record<string, string>>): Promise<TargetOptions> {
    const own = this.#own;
    const inputs = this.#inputs;
    const { address, authorization } = withoutUserInfo(this.#url);
    const intervalMs = this.#duration('interval') ?? inputs.interval;
    const method = own.method ?? 'GET';
    if (this.#facts.dryRun && method !== 'GET' && method !== 'HEAD') {
      const why = this.#facts.unmerged ?? 'this is a dry run';
      this.#place
        .at('method')
        .refuse(
          'method-in-dry-run',
          `is ${method}, but ${why}: only GET and HEAD are sent, which change nothing`,
          'Write `method: GET`, or run this step on merged code without `dry-run`.',
        );
    }
    const body = own.body && this.#place.at('body').secret(own.body);
    if (body !== undefined && (method === 'GET' || method === 'HEAD')) {
      this.#place
        .at('body')
        .refuse(
          'body-without-method',
          `a ${method} request has no body`,
          'Write `method: POST`, or leave the body out.',
        );
    }
    const version = await this.#version();
    const expectations = own.expect ? await expectationsOf(own.expect, this.#place.at('expect')) : [];
    if (
      method === 'HEAD' &&
      (expectations.some(({ on }) => on !== 'header') || (version && version.place.kind !== 'header'))
    ) {
      this.#place
        .at('method')
        .refuse('head-without-body', 'the answer to HEAD has no body to check', 'Write `method: GET`.');
    }
    const ca = own['tls-ca'] === undefined ? undefined : this.#certificates(own['tls-ca']);
    return {
      name,
      url: address,
      method,
      headers: {
        ...OWN_HEADERS,
        ...shared,
        // What is meant for this one target wins over what all of them get.
        ...(authorization === undefined ? {} : { authorization }),
        ...this.#headers(),
      },
      ...(body === undefined ? {} : { body }),
      expectedStatus: this.#statuses() ?? inputs['expected-status'],
      timeoutMs: this.#duration('timeout') ?? inputs.timeout,
      samples: own.samples ?? inputs.samples,
      warmup: own.warmup ?? inputs.warmup,
      intervalMs,
      retries: own.retries ?? inputs.retries,
      maxRedirects: own.redirects ?? MOST_REDIRECTS,
      bodyLimit: own['body-limit'] ?? BODY_LIMIT,
      ...(version ? { version } : {}),
      expectations,
      // Paced samples each open their own connection, so that a balancer spreads them over all instances;
      // without a pace it is a load test, which keeps its connections.
      connections: own.connections ?? (intervalMs > 0 ? 'new' : 'reuse'),
      http: own['http-version'] ?? 'auto',
      ...(ca === undefined ? {} : { ca }),
    };
  }

  #headers(): Record<string, string> {
    const { headers: own = {}, 'bearer-token': token, 'basic-auth': basic } = this.#own;
    const headers: Record<string, string> = {};
    for (const [name, secret] of Object.entries(own)) {
      const place = this.#place.at('headers', name);
      const value = place.secret(secret);
      const problem = headerProblem(name, value);
      if (problem !== undefined) place.refuseAs(problem);
      headers[name.toLowerCase()] = value;
    }
    if ([token, basic, headers.authorization].filter((given) => given !== undefined).length > 1) {
      this.#place.refuse(
        'given-twice',
        'gives `Authorization` more than once',
        'Write one of `bearer-token`, `basic-auth` and the header.',
      );
    }
    if (token) headers.authorization = `Bearer ${this.#place.at('bearer-token').secret(token)}`;
    if (basic) {
      const place = this.#place.at('basic-auth');
      const user = place.secret(basic);
      if (!user.includes(':')) place.refuse('not-a-login', 'is not `user:password`');
      headers.authorization = `Basic ${Buffer.from(user).toString('base64')}`;
    }
    return headers;
  }

  async #version(): Promise<TargetOptions['version']> {
    const own = this.#own.version;
    const inputs = this.#inputs;
    if (own === false) return undefined;
    // With a health endpoint the version is read there, unless the target says where it has its own.
    const asked = inputs['version-header'] ?? inputs['version-pattern'];
    if (own === undefined && inputs['health-base-url'] && asked === undefined) return undefined;
    const expected = own?.expected ?? inputs['expected-version'];
    if (expected === undefined) {
      if (own === undefined) return undefined;
      return this.#place
        .at('version')
        .refuse(
          'no-expected-version',
          'names where the version is, but not which one is expected',
          text`Write \`expected\`, or give the input ${input('expected-version')}.`,
        );
    }
    const place = await this.#versionPlace(
      own ?? { header: inputs['version-header'], pattern: inputs['version-pattern'] },
    );
    return place && { expected, place };
  }

  async #versionPlace({
    path,
    header,
    pattern,
  }: Exclude<TargetSection['version'], false | undefined>): Promise<VersionPlace | undefined> {
    if (header !== undefined) return { kind: 'header', name: header.toLowerCase() };
    if (pattern !== undefined) {
      const compiled = await patternOf(pattern, this.#versionLocation('pattern'));
      return compiled && { kind: 'pattern', pattern: compiled };
    }
    const pointer = path ?? this.#inputs['version-path'];
    if (isPointer(pointer)) return { kind: 'json', pointer };
    return this.#versionLocation('path').refuseAs(pointerProblem(pointer));
  }

  /** The target's own key or, without it, the input. */
  #versionLocation(key: 'path' | 'pattern'): Location {
    return this.#own.version ? this.#place.at('version', key) : this.#place.input(`version-${key}`);
  }

  #statuses(): StatusRange[] | undefined {
    const given = this.#own['expected-status'];
    if (given === undefined) return undefined;
    const entries = (Array.isArray(given) ? given : [given]).flatMap((entry) => String(entry).split(','));
    return entries.flatMap((entry) => {
      const range = statusRange(entry.trim());
      if (range) return [range];
      this.#place.at('expected-status').refuseAs(statusProblem(entry));
      return [];
    });
  }

  #certificates(path: string): string | undefined {
    const place = this.#place.at('tls-ca');
    const refused = unreadable(path);
    if (refused !== undefined)
      return place.refuse('unreadable-file', `cannot read ${oneLine(path, 200)}: ${refused}`);
    try {
      const pem = readFileSync(path, 'utf8');
      if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
      return place.refuse('not-a-certificate', `${path} holds no certificate in PEM`);
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code ?? messageOf(error);
      return place.refuse('unreadable-file', `cannot read ${oneLine(path, 200)}: ${why}`);
    }
  }

  /** Within the limits of the input of that name: a timer of weeks would end at once, and one of 0 cuts every probe. */
  #duration(name: 'interval' | 'timeout'): number | undefined {
    const own = this.#own[name];
    if (own === undefined) return undefined;
    const parsed = VERIFY_INPUTS[name].schema.safeParse(own);
    for (const issue of parsed.error?.issues ?? []) this.#place.at(name).refuseAs(refusalOf(issue));
    return parsed.data;
  }
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

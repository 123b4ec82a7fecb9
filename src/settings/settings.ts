import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AlertOptions } from '../alert/model/options.ts';
import { isPullRequestEvent } from '../github/context.ts';
import { databaseOfUri, uriProblem } from '../mongo/uri.ts';
import { unwritable } from '../report/write.ts';
import type { RollbackOptions } from '../rollback/model/options.ts';
import { nearest } from '../support/nearest.ts';
import { refusedPath, unreadable } from '../support/paths.ts';
import type { RunContext } from '../support/run-context.ts';
import { secretsOfUri, secretsOfUrl } from '../support/secret-forms.ts';
import type { VerifyOptions } from '../verify/options.ts';
import { Problems } from './context/problems.ts';
import type { SettingsContext } from './context/settings-context.ts';
import type { Locate } from './guard-file/read.ts';
import type { GuardFile } from './guard-file/schema.ts';
import { ALERT_INPUTS } from './inputs/alert.ts';
import { COMMON_INPUTS, DEFAULT_CONFIG, DEFAULT_ENVIRONMENT, MODES, type Mode } from './inputs/common.ts';
import type { InputDefinition, InputValues } from './inputs/definition.ts';
import { givenText, inputSecrets, type RawInput, readInputs } from './inputs/read.ts';
import { ROLLBACK_INPUTS } from './inputs/rollback.ts';
import { VERIFY_INPUTS } from './inputs/verify.ts';
import { expandSecret } from './values/secret-text.ts';
import { verifyOptions } from './verify/options.ts';

/** Every input of the action; action.yml, README and command line are made from this table. */
export const ALL_INPUTS: Readonly<Record<string, InputDefinition>> = {
  ...COMMON_INPUTS,
  ...VERIFY_INPUTS,
  ...ALERT_INPUTS,
  ...ROLLBACK_INPUTS,
};

/** Where state is kept, decided. */
export type StateSetting = { kind: 'mongodb' } | { kind: 'none' } | { kind: 'file'; path: string };

/** What every mode needs to know. */
export interface CommonSettings {
  readonly environment: string;
  readonly dryRun: boolean;
  readonly mongodb?: { readonly uri: string; readonly database: string };
  readonly stateDatabase: string;
  readonly githubToken?: string;
  readonly state: StateSetting;
  readonly reportPath: string;
  readonly reportHtml?: string;
  readonly showSummary: boolean;
  /** What the user should know of how the settings were read. */
  readonly notices: readonly string[];
}

export type Settings = CommonSettings &
  (
    | { readonly mode: 'verify'; readonly options: VerifyOptions }
    | { readonly mode: 'alert'; readonly options: AlertOptions }
    | { readonly mode: 'rollback'; readonly options: RollbackOptions }
  );

/** Where settings come from. */
export interface SettingsSource {
  readonly raw: RawInput;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly run: RunContext;
  readonly defaultReportPath: string;
  /** Called with secrets as soon as they are known, before anything can print or send one. */
  mask(secrets: readonly string[]): void;
}

/**
 * Reads and validates everything a run is told.
 * @throws ConfigurationError with every problem at once.
 */
export async function readSettings(source: SettingsSource): Promise<Settings> {
  const { raw } = source;
  source.mask([...inputSecrets(ALL_INPUTS, raw), ...proxySecrets(source.env)]);
  const problems = new Problems();
  const common = readInputs(COMMON_INPUTS, raw, problems);
  suggestMode(raw, problems);
  const file = await guardFile(raw, problems);
  const pullRequest = isPullRequestEvent(source.run.event);
  const environment = common.environment ?? file?.values.environment ?? DEFAULT_ENVIRONMENT;
  const dryRun = decideDryRun(common['dry-run'], source.run.event, pullRequest, problems);
  const mongodb = await mongodbSetting(common, problems);
  const context: SettingsContext = {
    environment,
    dryRun,
    pullRequest,
    hasMongodbUri: givenText(raw, 'mongodb-uri') !== undefined,
    locate: file?.locate ?? ((path) => `${DEFAULT_CONFIG}: ${path.map(String).join('.')}`),
    resolveSecret: (text, where) => {
      const { value, secrets, missing } = expandSecret(text, source.env);
      source.mask(secrets.flatMap((secret) => (secret.includes('://') ? secretsOfUrl(secret) : [secret])));
      for (const name of missing) {
        problems.add(
          where,
          `the environment variable ${name} is not set`,
          `Pass it to the step: env: { ${name}: … }.`,
        );
      }
      return value;
    },
  };
  const mode = common.mode;
  const values = file?.values ?? {};
  const options =
    mode === 'verify'
      ? {
          mode,
          options: await verifyOptions(readInputs(VERIFY_INPUTS, raw, problems), values, problems, context),
        }
      : mode === 'alert'
        ? {
            mode,
            options: await (await import('./alert/options.ts')).alertOptions(
              readInputs(ALERT_INPUTS, raw, problems),
              values,
              problems,
              context,
            ),
          }
        : {
            mode,
            options: await (await import('./rollback/options.ts')).rollbackOptions(
              readInputs(ROLLBACK_INPUTS, raw, problems),
              values,
              problems,
              context,
            ),
          };
  if (
    options.mode === 'rollback' &&
    !context.hasMongodbUri &&
    !plansWithoutData(options.options, pullRequest)
  ) {
    problems.add(
      'mongodb-uri',
      'is required for mode rollback',
      'Write mongodb-uri: ${{ secrets.MONGODB_URI }}.',
    );
  }
  const notices: string[] = [];
  const state = decideState(common.state, mongodb !== undefined, problems);
  if (mode === 'alert' && state.kind === 'none') {
    notices.push(
      'No state: duplicates cannot be suppressed between runs. Give mongodb-uri, or state: file:PATH.',
    );
  }
  if (mode !== undefined) notices.push(...foreignInputs(mode, raw));
  const reportPath = resolve(common['report-path'] ?? source.defaultReportPath);
  const rules = { cwd: process.cwd(), env: source.env };
  const refused =
    refusedPath(common['report-path'] ?? source.defaultReportPath, rules) ?? (await unwritable(reportPath));
  if (refused)
    problems.add(
      'report-path',
      `cannot write ${reportPath}: ${refused}`,
      'Write a path in a folder that this job may write to.',
    );
  const reportHtml = common['report-html'] === undefined ? undefined : resolve(common['report-html']);
  const refusedHtml =
    common['report-html'] === undefined || reportHtml === undefined
      ? undefined
      : (refusedPath(common['report-html'], rules) ?? (await unwritable(reportHtml)));
  if (refusedHtml)
    problems.add(
      'report-html',
      `cannot write ${reportHtml}: ${refusedHtml}`,
      'Write a path in a folder that this job may write to.',
    );

  if (reportHtml !== undefined && reportHtml === reportPath)
    problems.add('report-html', 'names the same file as report-path', 'Write another path for the page.');
  if (common.state?.kind === 'file') {
    const refusedState = refusedPath(common.state.path, rules) ?? unreadable(common.state.path);
    if (refusedState)
      problems.add(
        'state',
        `cannot keep state in ${common.state.path}: ${refusedState}`,
        'Write the path of a file of its own.',
      );
  }

  problems.throwIfAny();
  // With no problem told, mode and options are there.
  return {
    ...options,
    environment,
    dryRun,
    ...(mongodb ? { mongodb } : {}),
    stateDatabase: common['state-database'],
    ...(common['github-token'] ? { githubToken: common['github-token'] } : {}),
    state,
    reportPath,
    ...(reportHtml === undefined ? {} : { reportHtml }),
    showSummary: common['show-summary'],
    notices,
  } as Settings;
}

/** What the proxies of the environment are sent: one that says it back must find it masked. */
function proxySecrets(env: SettingsSource['env']): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value && /^(https?|all)_proxy$/i.test(name) && value.includes('@') ? secretsOfUri(value) : [],
  );
}

async function guardFile(
  raw: RawInput,
  problems: Problems,
): Promise<{ values: GuardFile; locate: Locate } | undefined> {
  const given = givenText(raw, 'config');
  const path = given ?? DEFAULT_CONFIG;
  if (given === undefined && !existsSync(path)) return undefined;
  // Loaded here, with the YAML parser, because many runs have no guard file.
  const { parseGuardFile, readGuardFile } = await import('./guard-file/read.ts');
  const { guardFileSchema } = await import('./guard-file/schema.ts');
  const text = await readGuardFile(path, problems);
  return text === undefined ? undefined : parseGuardFile(path, text, guardFileSchema, problems);
}

function decideDryRun(
  setting: boolean | 'auto',
  event: string | undefined,
  pullRequest: boolean,
  problems: Problems,
): boolean {
  if (pullRequest && setting === false) {
    problems.add(
      'dry-run',
      `is false, but the event is ${event}: code that is not merged must not change or send anything`,
      'Write `dry-run: auto`, or run this step on another event.',
    );
  }
  return setting === 'auto' ? pullRequest : (setting ?? true);
}

async function mongodbSetting(
  common: InputValues<typeof COMMON_INPUTS>,
  problems: Problems,
): Promise<{ uri: string; database: string } | undefined> {
  const uri = common['mongodb-uri'];
  if (uri === undefined) {
    if (common['mongodb-database'] !== undefined) {
      problems.add(
        'mongodb-database',
        'is given without mongodb-uri',
        'Write mongodb-uri: ${{ secrets.MONGODB_URI }}.',
      );
    }
    return undefined;
  }
  const wrong = await uriProblem(uri);
  if (wrong !== undefined) {
    problems.add('mongodb-uri', wrong);
    return undefined;
  }
  const database = common['mongodb-database'] ?? databaseOfUri(uri);
  if (database === undefined) {
    problems.add(
      'mongodb-uri',
      'names no database',
      'Write it behind the host (`…/DATABASE`), or as mongodb-database.',
    );
    return undefined;
  }
  return { uri, database };
}

function decideState(
  choice: InputValues<typeof COMMON_INPUTS>['state'],
  hasMongodb: boolean,
  problems: Problems,
): StateSetting {
  if (choice === undefined || choice.kind === 'auto') return { kind: hasMongodb ? 'mongodb' : 'none' };
  if (choice.kind === 'mongodb' && !hasMongodb) {
    problems.add(
      'state',
      'is `mongodb`, but mongodb-uri is not given',
      'Give mongodb-uri, or write `state: file:PATH`.',
    );
  }
  return choice.kind === 'file' ? { kind: 'file', path: resolve(choice.path) } : { kind: choice.kind };
}

/** Inputs that are given but belong to another mode are not silently ignored. */
function foreignInputs(mode: Mode, raw: RawInput): string[] {
  return Object.entries(ALL_INPUTS)
    .filter(([name, definition]) => {
      const text = givenText(raw, name);
      return (
        definition.group !== 'common' &&
        definition.group !== mode &&
        text !== undefined &&
        text !== definition.default
      );
    })
    .map(
      ([name, definition]) =>
        `\`${name}\` belongs to mode ${definition.group} and has no effect in mode ${mode}.`,
    );
}

function suggestMode(raw: RawInput, problems: Problems): void {
  const text = givenText(raw, 'mode');
  if (text === undefined || (MODES as readonly string[]).includes(text)) return;
  const near = nearest(text, MODES);
  if (near) problems.add('mode', `did you mean \`${near}\`?`);
}

/**
 * On a pull request a plan is shown as far as it is known without data: those from forks get no secrets.
 * Under its dry run `apply` is a plan too.
 */
function plansWithoutData(options: RollbackOptions | undefined, pullRequest: boolean): boolean {
  return pullRequest && (options?.operation === 'plan' || options?.operation === 'apply');
}

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AlertOptions, DeliveryOptions } from '../alert/model/options.ts';
import { databaseOfUri, uriProblem } from '../mongo/uri.ts';
import { unwritable } from '../report/write.ts';
import type { RollbackOptions } from '../rollback/model/options.ts';
import { refusedPath, unreadable } from '../support/paths.ts';
import { input, setSecret, type Text, text } from '../support/problem.ts';
import type { RunContext } from '../support/run-context.ts';
import { secretsOfUri, secretsOfUrl } from '../support/secret-forms.ts';
import type { VerifyOptions } from '../verify/options.ts';
import type { Locate } from './context/location.ts';
import { Problems } from './context/problems.ts';
import { SettingsContext } from './context/settings-context.ts';
import type { GuardFile } from './guard-file/schema.ts';
import { ALERT_INPUTS } from './inputs/alert.ts';
import { COMMON_INPUTS, DEFAULT_CONFIG, DEFAULT_ENVIRONMENT, type Mode } from './inputs/common.ts';
import type { InputDefinition, InputValues } from './inputs/definition.ts';
import { givenText, inputSecrets, type RawInput, readInputs } from './inputs/read.ts';
import { ROLLBACK_INPUTS } from './inputs/rollback.ts';
import { VERIFY_INPUTS } from './inputs/verify.ts';
import { oneLine } from './values/refusal.ts';
import { verifyOptions } from './verify/options.ts';

/** Every input of the action; action.yml, README and command line are made from this table. */
export const ALL_INPUTS: Readonly<Record<string, InputDefinition>> = {
  ...COMMON_INPUTS,
  ...VERIFY_INPUTS,
  ...ALERT_INPUTS,
  ...ROLLBACK_INPUTS,
};

/** The inputs that mean something in a mode; `mode` itself too. Action, sub-actions and command line go by this. */
export function inputsOfMode(mode: Mode): Readonly<Record<string, InputDefinition>> {
  return Object.fromEntries(
    Object.entries(ALL_INPUTS).filter(([, { group, modes }]) =>
      modes === undefined ? group === 'common' || group === mode : modes.includes(mode),
    ),
  );
}

/** Where state is kept, decided. */
export type StateSetting = { kind: 'mongodb' } | { kind: 'none' } | { kind: 'file'; path: string };

/** What every mode needs to know. */
interface CommonSettings {
  readonly environment: string;
  readonly dryRun: boolean;
  readonly mongodb?: { readonly uri: string; readonly database: string };
  readonly stateDatabase: string;
  readonly githubToken?: string;
  readonly state: StateSetting;
  readonly reportPath: string;
  readonly reportHtml?: string;
  readonly reportJunit?: string;
  readonly showSummary: boolean;
  /** With `notify: true`: how the alerts of the run's own report are sent. */
  readonly notify?: DeliveryOptions;
  /** What the user should know about how the settings were read. */
  readonly notices: readonly Text[];
  /** Inputs that were given and have no effect: shown as warnings on the run's page. */
  readonly warnings: readonly Text[];
}

export type Settings = CommonSettings &
  (
    | { readonly mode: 'verify'; readonly options: VerifyOptions }
    | { readonly mode: 'alert'; readonly options: AlertOptions }
    | { readonly mode: 'rollback'; readonly options: RollbackOptions }
  );

/** Where settings come from. */
interface SettingsSource {
  readonly raw: RawInput;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly run: RunContext;
  readonly defaultReportPath: string;
  /** Called with secrets as soon as they are known, before anything can print or send one. */
  mask(secrets: readonly string[]): void;
}

/**
 * Reads and validates everything that the user set for a run.
 * @throws ConfigurationError with every problem at once.
 */
export async function readSettings(source: SettingsSource): Promise<Settings> {
  return new SettingsReader(source).read();
}

class SettingsReader {
  readonly #source: SettingsSource;
  readonly #raw: RawInput;
  readonly #problems = new Problems();

  constructor(source: SettingsSource) {
    this.#source = source;
    this.#raw = source.raw;
  }

  async read(): Promise<Settings> {
    const { env, run, mask } = this.#source;
    mask([...inputSecrets(ALL_INPUTS, this.#raw), ...proxySecrets(env)]);
    const common = this.#inputs(COMMON_INPUTS);
    const file = await this.#guardFile();
    const mongodb = await this.#mongodb(common);
    const facts = {
      environment: common.environment ?? file?.values.environment ?? DEFAULT_ENVIRONMENT,
      dryRun: this.#dryRun(common['dry-run'], run.unmerged),
      unmerged: run.unmerged,
      variables: common['guard-file-env'] ?? [],
      commit: run.commit,
      hasMongodbUri: givenText(this.#raw, 'mongodb-uri') !== undefined,
    };
    const context = new SettingsContext({
      facts,
      problems: this.#problems,
      locate: file?.locate ?? ((path) => `${DEFAULT_CONFIG}: ${path.map(String).join('.')}`),
      env,
      mask: (secrets) =>
        mask(secrets.flatMap((secret) => (secret.includes('://') ? secretsOfUrl(secret) : [secret]))),
    });
    // What the other inputs mean depends on the mode.
    if (common.mode === undefined) this.#problems.throwIfAny();
    const mode = await this.#mode(common.mode as Mode, file?.values ?? {}, context);
    if (mode.mode === 'rollback' && !facts.hasMongodbUri && !plansWithoutData(mode.options, run.unmerged)) {
      this.#refuse('mongodb-uri', 'needs-mongodb', 'is required for mode rollback', SET_MONGODB_URI);
    }
    const notify =
      common.notify && mode.mode !== 'alert' ? await this.#notify(file?.values ?? {}, context) : undefined;
    const state = this.#state(common.state, mongodb !== undefined);
    const paths = await this.#paths(common);
    this.#problems.throwIfAny();
    // Without a problem, mode and options exist.
    return {
      ...mode,
      environment: facts.environment,
      dryRun: facts.dryRun,
      ...(mongodb ? { mongodb } : {}),
      stateDatabase: common['state-database'],
      ...(common['github-token'] ? { githubToken: common['github-token'] } : {}),
      state,
      ...paths,
      showSummary: common['show-summary'],
      ...(notify === undefined ? {} : { notify }),
      notices: [...context.notices, ...this.#notices(mode.mode, state, notify !== undefined)],
      warnings: [
        ...foreignInputs(mode.mode, this.#raw),
        ...(mode.mode === 'alert' || notify !== undefined ? [] : silentChannels(this.#raw)),
      ],
    } as Settings;
  }

  #refuse(name: string, code: string, message: Text, hint?: Text): undefined {
    this.#problems.add({ code, where: name, message, ...(hint === undefined ? {} : { hint }) });
  }

  #inputs<Table extends Record<string, InputDefinition>>(table: Table): InputValues<Table> {
    return readInputs(table, this.#raw, this.#problems);
  }

  /** The options of the run's mode. Each mode but verify is loaded by the run that needs it. */
  async #mode(mode: Mode, file: GuardFile, context: SettingsContext) {
    if (mode === 'verify')
      return { mode, options: await verifyOptions(this.#inputs(VERIFY_INPUTS), file, context) };
    if (mode === 'alert') {
      const { alertOptions } = await import('./alert/options.ts');
      return { mode, options: await alertOptions(this.#inputs(ALERT_INPUTS), file, context) };
    }
    const { rollbackOptions } = await import('./rollback/options.ts');
    return { mode, options: await rollbackOptions(this.#inputs(ROLLBACK_INPUTS), file, context) };
  }

  async #notify(file: GuardFile, context: SettingsContext): Promise<DeliveryOptions> {
    const { deliveryOptions } = await import('./alert/options.ts');
    return deliveryOptions(this.#inputs(ALERT_INPUTS), file, context);
  }

  async #guardFile(): Promise<{ values: GuardFile; locate: Locate } | undefined> {
    const given = givenText(this.#raw, 'config');
    const path = given ?? DEFAULT_CONFIG;
    if (given === undefined && !existsSync(path)) return undefined;
    // Loaded here, with the YAML parser, because many runs have no guard file.
    const { parseGuardFile, readGuardFile } = await import('./guard-file/read.ts');
    const { guardFileSchema } = await import('./guard-file/schema.ts');
    const content = await readGuardFile(path, this.#problems);
    if (content === undefined) return undefined;
    return parseGuardFile(path, content, guardFileSchema, this.#problems, this.#source.mask);
  }

  #dryRun(setting: boolean | 'auto', unmerged: string | undefined): boolean {
    if (unmerged !== undefined && setting === false) {
      this.#refuse(
        'dry-run',
        'dry-run-refused',
        `is false, but ${unmerged}: code that is not merged must not change or send anything`,
        text`Write ${input('dry-run', 'auto')}, or run this step on another event.`,
      );
    }
    return setting === 'auto' ? unmerged !== undefined : (setting ?? true);
  }

  async #mongodb(
    common: InputValues<typeof COMMON_INPUTS>,
  ): Promise<{ uri: string; database: string } | undefined> {
    const uri = common['mongodb-uri'];
    if (uri === undefined) {
      if (common['mongodb-database'] === undefined) return undefined;
      return this.#refuse(
        'mongodb-database',
        'needs-mongodb',
        text`is given without ${input('mongodb-uri')}`,
        SET_MONGODB_URI,
      );
    }
    const wrong = await uriProblem(uri);
    if (wrong !== undefined) return this.#refuse('mongodb-uri', 'not-a-mongodb-uri', wrong);
    const database = common['mongodb-database'] ?? databaseOfUri(uri);
    if (database !== undefined) return { uri, database };
    return this.#refuse(
      'mongodb-uri',
      'no-database',
      'names no database',
      text`Write it behind the host (\`…/DATABASE\`), or as ${input('mongodb-database')}.`,
    );
  }

  #state(choice: InputValues<typeof COMMON_INPUTS>['state'], hasMongodb: boolean): StateSetting {
    if (choice === undefined || choice.kind === 'auto') return { kind: hasMongodb ? 'mongodb' : 'none' };
    if (choice.kind === 'file') {
      const refused = refusedPath(choice.path, this.#pathRules) ?? unreadable(choice.path);
      if (refused !== undefined)
        this.#refuse(
          'state',
          'refused-path',
          `cannot keep state in ${oneLine(choice.path, 200)}: ${refused}`,
          'Write the path of a file for state alone.',
        );
      return { kind: 'file', path: resolve(choice.path) };
    }
    if (choice.kind === 'mongodb' && !hasMongodb) {
      this.#refuse(
        'state',
        'needs-mongodb',
        text`is \`mongodb\`, but ${input('mongodb-uri')} is not given`,
        text`Give ${input('mongodb-uri')}, or write ${input('state', 'file:PATH')}.`,
      );
    }
    return { kind: choice.kind };
  }

  get #pathRules() {
    return { cwd: process.cwd(), env: this.#source.env };
  }

  /** Where the reports go, each path tried before anything runs. */
  async #paths(
    common: InputValues<typeof COMMON_INPUTS>,
  ): Promise<Pick<CommonSettings, 'reportPath' | 'reportHtml' | 'reportJunit'>> {
    const reportPath = await this.#writable(
      'report-path',
      common['report-path'] ?? this.#source.defaultReportPath,
    );
    const taken = new Map([[reportPath, 'report-path']]);
    const read = givenText(this.#raw, 'from-report');
    if (read !== undefined && common['report-path'] !== undefined && resolve(read) === reportPath)
      this.#refuse(
        'report-path',
        'same-file',
        text`names the report that ${input('from-report')} reads`,
        'Write another path: the report of the alert would take its place.',
      );
    const other = async (name: 'report-html' | 'report-junit'): Promise<string | undefined> => {
      const given = common[name];
      if (given === undefined) return undefined;
      const path = await this.#writable(name, given);
      const first = taken.get(path);
      if (first !== undefined)
        this.#refuse(name, 'same-file', text`names the same file as ${input(first)}`, 'Write another path.');
      taken.set(path, name);
      return path;
    };
    const reportHtml = await other('report-html');
    const reportJunit = await other('report-junit');
    return {
      reportPath,
      ...(reportHtml === undefined ? {} : { reportHtml }),
      ...(reportJunit === undefined ? {} : { reportJunit }),
    };
  }

  async #writable(name: string, given: string): Promise<string> {
    const path = resolve(given);
    const refused = refusedPath(given, this.#pathRules) ?? (await unwritable(path));
    if (refused !== undefined)
      this.#refuse(
        name,
        'refused-path',
        `cannot write ${oneLine(path, 200)}: ${refused}`,
        'Write a path in a folder that this job may write to.',
      );
    return path;
  }

  #notices(mode: Mode, state: StateSetting, notify: boolean): Text[] {
    return (mode === 'alert' || notify) && state.kind === 'none'
      ? [
          text`No state: duplicates cannot be suppressed between runs. Give ${input('mongodb-uri')}, or write ${input('state', 'file:PATH')}.`,
        ]
      : [];
  }
}

const SET_MONGODB_URI = text`${setSecret('mongodb-uri')}.`;

/** Credentials of the environment's proxies: a proxy that echoes its own must find them masked. */
function proxySecrets(env: SettingsSource['env']): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value && /^(https?|all)_proxy$/i.test(name) && value.includes('@') ? secretsOfUri(value) : [],
  );
}

/** Inputs that are given but belong to another mode are not silently ignored. */
function foreignInputs(mode: Mode, raw: RawInput): Text[] {
  return Object.entries(ALL_INPUTS)
    .filter(([name, definition]) => {
      const given = givenText(raw, name);
      return !Object.hasOwn(inputsOfMode(mode), name) && given !== undefined && given !== definition.default;
    })
    .map(
      ([name, definition]) =>
        text`${input(name)} belongs to mode ${definition.group} and has no effect in mode ${mode}.`,
    );
}

/** Channels that are configured where nothing is sent: most likely `notify: true` was forgotten. */
function silentChannels(raw: RawInput): Text[] {
  return Object.entries(ALERT_INPUTS)
    .filter(([name, definition]) => {
      const given = givenText(raw, name);
      const fallback = 'default' in definition ? definition.default : undefined;
      return 'modes' in definition && given !== undefined && given !== fallback;
    })
    .map(
      ([name]) =>
        text`${input(name)} has no effect: this run does not notify. Write ${input('notify', 'true')}, or leave it out.`,
    );
}

/**
 * On a pull request a plan is shown as far as it is known without data: those from forks get no secrets.
 * Under its dry run `apply` is a plan too.
 */
function plansWithoutData(options: RollbackOptions | undefined, unmerged: string | undefined): boolean {
  return unmerged !== undefined && (options?.operation === 'plan' || options?.operation === 'apply');
}

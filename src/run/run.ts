import { dirname, resolve } from 'node:path';
import type { Db, MongoClient } from 'mongodb';
import type { AlertOptions, DeliveryOptions } from '../alert/model/options.ts';
import { annotations } from '../report/annotations.ts';
import { logLines } from '../report/log-lines.ts';
import { outputsOf } from '../report/outputs.ts';
import type { ModeResult, Report } from '../report/schema.ts';
import { closingLine } from '../report/sentence.ts';
import { renderSummary } from '../report/summary/summary.ts';
import { isBad, REPORT_SCHEMA } from '../report/vocabulary.ts';
import { unwritable, writeReport } from '../report/write.ts';
import type { RollbackPorts } from '../rollback/model/ports.ts';
import { givenText } from '../settings/inputs/read.ts';
import { readSettings, type Settings } from '../settings/settings.ts';
import { noState } from '../state/none.ts';
import { stateOwner } from '../state/owner.ts';
import type { StateStore } from '../state/store.ts';
import { defined } from '../support/defined.ts';
import {
  ConfigurationError,
  Interrupted,
  LeaseHeldError,
  messageOf,
  UnexpectedFault,
} from '../support/errors.ts';
import type { Host } from '../support/host.ts';
import type { Log } from '../support/log.ts';
import { refusedPath } from '../support/paths.ts';
import { type Dialect, formatProblem, renderText, WORKFLOW_DIALECT } from '../support/problem.ts';
import { Redactor } from '../support/redact.ts';
import { writeWhole } from '../support/write-whole.ts';

/** GitHub kills 10 s after the first signal; what is not done by then must be reported before. */
const GRACE_MS = 6_000;
/** For the messages of a run that was told to stop, after its own grace. */
const LAST_WORDS_MS = 2_500;

/** A mode's result, or what stands for it if the run ended by an error that the log has already. */
type Result = ModeResult & { readonly thrown?: true };

/** How a run ended, for the exit code. */
export type Exit = 'success' | 'failure' | 'configuration' | 'not-measured' | 'lease-held';

/** One run, start to end: settings → open what the mode needs → the mode → report → close. Never throws. */
export async function run(host: Host): Promise<{ exit: Exit; report: Report }> {
  const startedAt = new Date(host.clock.now()).toISOString();
  const redactor = new Redactor();
  const log = redactedLog(host.log, redactor);
  const mask = (secrets: readonly string[]) => {
    const known = new Set(redactor.needles);
    for (const secret of secrets) redactor.add(secret);
    for (const needle of redactor.needles) if (!known.has(needle)) host.mask(needle);
  };

  let settings: Settings | undefined;
  let result: Result;
  let exit: Exit;
  try {
    settings = await readSettings({
      raw: (name) => host.input(name),
      env: host.env,
      run: host.context,
      defaultReportPath: host.defaultReportPath,
      mask,
    });
    for (const notice of settings.notices) log.info(renderText(notice, host.dialect));
    for (const warning of settings.warnings) log.warning(renderText(warning, host.dialect));
    result = await withinGrace(runMode(settings, host, log, redactor), host.signal);
    exit = !result.failed ? 'success' : result.verdict === 'error' ? 'not-measured' : 'failure';
  } catch (error) {
    ({ result, exit } = explain(error, log, host.dialect));
  }

  let report = redactor.redactData(assemble(host, settings, result, startedAt));
  if (settings?.notify) {
    const sent = await notify(settings, settings.notify, report, host, log, redactor);
    const { alerts, notices = [], failed, cause } = sent;
    // The verdict stays that of the gate: a message that did not arrive says nothing about the deployment.
    if (failed && exit === 'success') exit = 'failure';
    if (failed && cause !== undefined) log.error(`notify: ${cause}`);
    const problem = failed && cause !== undefined ? [`The notification failed: ${cause}`] : [];
    report = redactor.redactData({
      ...report,
      finishedAt: new Date(host.clock.now()).toISOString(),
      alerts,
      notices: [...(report.notices ?? []), ...problem, ...notices],
    });
  }
  const reportPath = settings?.reportPath ?? (await placeWithoutSettings(host));
  exit = await publish(host, log, settings, report, result.thrown === true, reportPath, exit);
  return { exit, report };
}

/** Where the report of a run goes that was refused: its own path may be why, and then nothing is written there. */
async function placeWithoutSettings(host: Host): Promise<string> {
  const given = givenText((name) => host.input(name), 'report-path') ?? host.defaultReportPath;
  const path = resolve(given);
  const refused = refusedPath(given, { cwd: process.cwd(), env: host.env }) ?? (await unwritable(path));
  return refused === undefined ? path : resolve(host.defaultReportPath);
}

/** With `notify: true`: sends the alerts of the run's own report. What goes wrong is a result, too. */
async function notify(
  settings: Settings,
  delivery: DeliveryOptions,
  report: Report,
  host: Host,
  log: Log,
  redactor: Redactor,
): Promise<ModeResult> {
  // A run that was told to stop still says what it left behind, in the time that is left.
  const signal = host.signal.aborted ? AbortSignal.timeout(LAST_WORDS_MS) : host.signal;
  const { mode: _, options: __, ...common } = settings;
  const options: AlertOptions = { ...delivery, subject: { kind: 'report', report } };
  try {
    return await runMode({ ...common, mode: 'alert', options }, { ...host, signal }, log, redactor);
  } catch (error) {
    return explain(error, log, host.dialect).result;
  }
}

/** Opens what the mode needs and no more, runs it, and closes what was opened, whatever happened. */
async function runMode(settings: Settings, host: Host, log: Log, redactor: Redactor): Promise<ModeResult> {
  const { environment, dryRun } = settings;
  const ports = {
    clock: host.clock,
    log,
    signal: host.signal,
    redact: (text: string) => redactor.redact(text),
    environment,
    dryRun,
    run: host.context,
    random: Math.random,
    ownDisk: host.env.RUNNER_ENVIRONMENT === 'github-hosted',
  };
  let client: MongoClient | undefined;
  let store: StateStore = noState;
  try {
    if (settings.mongodb) {
      const { openMongodb } = await import('../mongo/client.ts');
      client = openMongodb(settings.mongodb.uri, mongodbOptions(settings));
    }
    const db: Db | undefined = settings.mongodb && client?.db(settings.mongodb.database);
    const stateDb = client?.db(settings.stateDatabase);
    const { state } = settings;
    if (state.kind !== 'none') {
      const { openStore } = await import('../state/open-store.ts');
      store = openStore(
        state.kind === 'mongodb' ? (stateDb ? { ...state, db: stateDb } : { kind: 'none' }) : state,
        { ...ports, owner: stateOwner(environment, host.context) },
      );
    }

    // Each mode is loaded by the run that needs it.
    if (settings.mode === 'verify') {
      const { verify } = await import('../verify/verify.ts');
      return await verify(settings.options, {
        ...ports,
        state: store,
        ...(client && db ? { mongo: { client, db } } : {}),
      });
    }
    if (settings.mode === 'alert') {
      const { alert } = await import('../alert/alert.ts');
      const source = githubSource(settings, host);
      const { githubIssues } = source ? await import('../github/issue.ts') : {};
      return await alert(settings.options, {
        ...ports,
        state: store,
        ...(source && githubIssues
          ? { issues: githubIssues({ ...source, now: () => host.clock.now() }) }
          : {}),
      });
    }
    if (!client || !db || !stateDb) {
      // The settings let only a plan on a pull request come here.
      const { staticPlan } = await import('../rollback/plan/static-plan.ts');
      return staticPlan(settings.options);
    }
    const { rollback } = await import('../rollback/rollback.ts');
    const github = await rollbackPorts(settings, host);
    return await rollback(settings.options, { ...ports, ...github, client, db, state: stateDb });
  } finally {
    await store.close().catch((error: unknown) => log.debug(`closing the state: ${messageOf(error)}`));
    await client?.close().catch((error: unknown) => log.debug(`closing MongoDB: ${messageOf(error)}`));
  }
}

/** Who may roll back, and where the plan is shown; nothing outside GitHub and without a token. */
async function rollbackPorts(
  settings: Settings,
  host: Host,
): Promise<Partial<Pick<RollbackPorts, 'permission' | 'comment'>>> {
  const source = githubSource(settings, host);
  if (source === undefined) return {};
  const { githubPermission } = await import('../github/permission.ts');
  const { pullRequestComment } = await import('../github/comment.ts');
  const { pullRequest } = host.context;
  const key = `rollback ${settings.environment}`;
  return {
    permission: githubPermission(source),
    ...(pullRequest === undefined ? {} : { comment: pullRequestComment({ ...source, pullRequest, key }) }),
  };
}

/** The run's repository as GitHub's API shows it; undefined without a token or a repository. */
function githubSource(settings: Settings, host: Host) {
  const { repository } = host.context;
  if (settings.githubToken === undefined || repository === undefined) return undefined;
  const apiUrl = host.env.GITHUB_API_URL;
  return {
    token: settings.githubToken,
    repository,
    signal: host.signal,
    ...(apiUrl ? { apiUrl } : {}),
  };
}

/** The mode's result; or, if the run must stop and the mode does not end in time, the interruption. */
async function withinGrace(work: Promise<ModeResult>, signal: AbortSignal): Promise<ModeResult> {
  let timer: NodeJS.Timeout | undefined;
  const cut = new Promise<never>((_resolve, reject) => {
    const start = () => {
      timer = setTimeout(() => reject(signal.reason), GRACE_MS);
    };
    if (signal.aborted) start();
    else signal.addEventListener('abort', start, { once: true });
  });
  try {
    return await Promise.race([work, cut]);
  } finally {
    clearTimeout(timer);
  }
}

/** What was thrown, as a result with the verdict `error`; the log says it as a person needs it. */
function explain(error: unknown, log: Log, dialect: Dialect): { result: Result; exit: Exit } {
  const base: Result = { verdict: 'error', checks: [], alerts: [], failed: true, thrown: true };
  if (error instanceof ConfigurationError) {
    const problems = error.problems.map((problem) => formatProblem(problem, dialect));
    for (const problem of problems) log.error(problem);
    return { result: { ...base, cause: problems.join('\n') }, exit: 'configuration' };
  }
  const cause = messageOf(error);
  log.error(cause);
  // The stack of a bug, for an issue; behind debug, because it does not help an operator at night.
  if (error instanceof Error && !(error instanceof Interrupted) && error.stack) log.debug(error.stack);
  return { result: { ...base, cause }, exit: error instanceof LeaseHeldError ? 'lease-held' : 'failure' };
}

function assemble(host: Host, settings: Settings | undefined, result: Result, startedAt: string): Report {
  const { failed: _failed, thrown: _thrown, notices, ...rest } = result;
  const ofSettings = [...(settings?.notices ?? []), ...(settings?.warnings ?? [])].map((notice) =>
    renderText(notice, host.dialect),
  );
  const allNotices = [...ofSettings, ...(notices ?? [])];
  const { repository, workflow, runId, url, commit, actor } = host.context;
  const run = defined<NonNullable<Report['run']>>({ repository, workflow, runId, url, commit, actor });
  return {
    schema: REPORT_SCHEMA,
    mode: settings?.mode ?? 'verify',
    environment: settings?.environment ?? 'unknown',
    dryRun: settings?.dryRun ?? false,
    startedAt,
    finishedAt: new Date(host.clock.now()).toISOString(),
    ...(wasInterrupted(host, result) ? { interrupted: true } : {}),
    run,
    ...rest,
    ...(allNotices.length > 0 ? { notices: allNotices } : {}),
  };
}

/** Ended by a signal before it was done; a bug that ends a run is no interruption. */
function wasInterrupted({ signal }: Host, { verdict }: ModeResult): boolean {
  const { reason } = signal;
  return (
    signal.aborted &&
    verdict === 'error' &&
    reason instanceof Interrupted &&
    !(reason instanceof UnexpectedFault)
  );
}

/** Outputs, report, summary and annotations; each is tried whatever became of the others. */
async function publish(
  host: Host,
  log: Log,
  settings: Settings | undefined,
  report: Report,
  thrown: boolean,
  reportPath: string,
  exit: Exit,
): Promise<Exit> {
  let outcome = exit;
  const attempt = async (what: string, work: () => void | Promise<void>) => {
    try {
      await work();
    } catch (error) {
      // A result that cannot be read is not a success.
      log.error(`cannot write ${what}: ${messageOf(error)}`);
      if (outcome === 'success') outcome = 'failure';
    }
  };
  await attempt('the outputs', () => {
    for (const [name, value] of Object.entries(outputsOf(report, reportPath))) host.output(name, value);
  });
  // After a configuration error the path itself may be what is wrong; it was reported already.
  if (settings) await attempt(`the report ${reportPath}`, () => writeReport(reportPath, report));
  else
    await writeReport(reportPath, report).catch((error: unknown) =>
      log.debug(`no report in ${dirname(reportPath)}: ${messageOf(error)}`),
    );
  const htmlPath = settings?.reportHtml;
  if (htmlPath !== undefined) {
    await attempt(`the page ${htmlPath}`, async () => {
      // Loaded only by a run that writes one.
      const { renderHtml } = await import('../report/html/page.ts');
      await writeWhole(htmlPath, renderHtml(report));
    });
  }
  const junitPath = settings?.reportJunit;
  if (junitPath !== undefined) {
    await attempt(`the test results ${junitPath}`, async () => {
      const { renderJunit } = await import('../report/junit.ts');
      await writeWhole(junitPath, renderJunit(report));
    });
  }
  if (settings?.showSummary ?? true)
    await attempt('the job summary', () => host.summary(renderSummary(report)));
  if (host.dialect === WORKFLOW_DIALECT) await writeLog(log, report, settings);
  for (const annotation of annotations(report)) host.annotate(annotation);
  // What was thrown is in the log already, in its own words.
  if (!thrown) (exit === 'success' ? log.info : log.error)(closingLine(report));
  return outcome;
}

/** The checks that passed in one folded group, and what to do next. The annotations are the lines of the rest. */
async function writeLog(log: Log, report: Report, settings: Settings | undefined): Promise<void> {
  const { passed, open } = logLines(report);
  if (passed)
    await log.group(passed.title, async () => {
      for (const line of passed.lines) log.info(line);
    });
  for (const line of open) log.info(line);
  const targets = settings?.mode === 'verify' ? settings.options.targets : [];
  const failing = new Set(report.checks.filter(({ verdict }) => isBad(verdict)).map(({ target }) => target));
  // Without the query, whose values can be secret; user info is no longer in it.
  for (const { name, url } of targets)
    if (failing.has(name)) log.info(`${name} is ${url.origin}${url.pathname}`);
}

/**
 * The mode's own limits count: a driver that waits 30 s for a server would sit through a probe's timeout, and one
 * that waits for ever for an answer would never let the run end.
 */
function mongodbOptions(settings: Settings) {
  const limitMs = settings.mode === 'verify' ? (settings.options.mongo?.timeoutMs ?? 10_000) : 10_000;
  return {
    serverSelectionTimeoutMS: limitMs,
    connectTimeoutMS: limitMs,
    // The server gets a moment to say that it has come to the limit itself. A rollback has the client's own limits.
    ...(settings.mode === 'rollback' ? {} : { socketTimeoutMS: limitMs + 1_000 }),
  };
}

/** Nothing reaches the log with a secret in it. */
function redactedLog(log: Log, redactor: Redactor): Log {
  const clean = (message: string) => redactor.redact(message);
  return {
    debug: (message) => log.debug(clean(message)),
    info: (message) => log.info(clean(message)),
    notice: (message) => log.notice(clean(message)),
    warning: (message) => log.warning(clean(message)),
    error: (message) => log.error(clean(message)),
    group: (title, work) => log.group(clean(title), work),
    progress: (what) => log.progress?.(clean(what)),
  };
}

import { existsSync } from 'node:fs';
import { readContext } from '../../github/context.ts';
import { databaseOfUri, uriProblem } from '../../mongo/uri.ts';
import { Problems } from '../../settings/context/problems.ts';
import type { GuardFile } from '../../settings/guard-file/schema.ts';
import { DEFAULT_CONFIG } from '../../settings/inputs/common.ts';
import { givenText, inputSecrets } from '../../settings/inputs/read.ts';
import { ALL_INPUTS } from '../../settings/settings.ts';
import { refusalOf } from '../../settings/values/refusal.ts';
import { parseDuration } from '../../support/duration.ts';
import { formatProblem, type Problem, renderText } from '../../support/problem.ts';
import { Redactor } from '../../support/redact.ts';
import { inputsOf } from '../arguments/commands.ts';
import { SHELL_DIALECT } from '../arguments/dialect.ts';
import { howToGive } from '../arguments/inputs.ts';
import { EXIT_CODES, USAGE } from '../session/exit-codes.ts';
import { jsonText } from '../session/json-text.ts';
import type { Session } from '../session/session.ts';
import { printable } from '../terminal/terminal.ts';
import { about, type Finding } from './finding.ts';
import { type Need, needsOf, variableFindings } from './guard-file-needs.ts';
import { checkNode } from './node.ts';
import { renderFindings } from './render.ts';
import { repositoryOfGit } from './repository.ts';
import { checkState } from './state.ts';

const DEFAULT_TIMEOUT_MS = 8_000;
/** Beyond some weeks Node's timers end at once, and every server would seem to be gone. */
const LONGEST_TIMEOUT_MS = 600_000;

/** Checks what the other commands need, and says what to do for each. Writes, posts and sends nothing. */
export async function doctor(session: Session): Promise<number> {
  const { terminal, progress, json } = session;
  const limit = session.options.get('check-timeout');
  const timeoutMs = limit === undefined ? DEFAULT_TIMEOUT_MS : parseDuration(limit);
  if (timeoutMs === undefined || timeoutMs < 1 || timeoutMs > LONGEST_TIMEOUT_MS) {
    terminal.err(
      `${terminal.errPaint('red', 'error:')} \`--check-timeout\` is not a duration from 1ms to 10m; write 8s\n`,
    );
    return USAGE;
  }
  const redactor = new Redactor(inputSecrets(ALL_INPUTS, (name) => session.input(name)));
  progress.start('checking');
  const findings = redactor.redactData(await examine(session, timeoutMs, (text) => redactor.redact(text)));
  progress.stop();
  if (json) terminal.out(jsonText({ schema: 'deploy-guard.doctor/v1', findings }));
  else terminal.out(renderFindings(findings, terminal.outPaint, terminal.width));
  return findings.some(({ status }) => status === 'failed') ? EXIT_CODES.failure : EXIT_CODES.success;
}

async function examine(
  session: Session,
  timeoutMs: number,
  redact: (text: string) => string,
): Promise<Finding[]> {
  const { values, problems } = readValues(session);
  const file = await guardFile(session);
  const alerts = file.values?.alerts ?? {};
  const needs = needsOf(file.values ?? {});
  const text = (name: string) => values.get(name) as string | undefined;
  const given = (name: string) => givenText((input) => session.input(input), name);

  const work: (Finding[] | Finding | Promise<Finding[] | Finding>)[] = [checkNode(process.versions.node)];
  for (const problem of problems) work.push(optionFinding(problem));
  work.push(file.finding);
  const expandable = (values.get('guard-file-env') ?? []) as readonly string[];
  if (file.values) work.push(variableFindings(file.values, expandable, session.terminal.env));

  const stateDatabase = text('state-database') ?? 'deploy_guard';
  const uri = text('mongodb-uri');
  const state = (values.get('state') ?? { kind: 'auto' }) as Parameters<typeof checkState>[0];
  work.push(
    mongodb({
      uri,
      given: given('mongodb-uri') !== undefined,
      database: text('mongodb-database'),
      state: stateDatabase,
      need: needs.get('mongodb'),
      keepsState: state.kind === 'auto' || state.kind === 'mongodb',
      timeoutMs,
      redact: (words) => printable(redact(words)),
    }),
  );

  const { checkSlackToken, checkSlackWebhook } = await import('./slack.ts');
  const webhook = text('slack-webhook-url');
  const token = text('slack-token');
  const slackApi = text('slack-api-url');
  if (webhook !== undefined) work.push(checkSlackWebhook(webhook));
  // A wrong address is reported above; the token goes to no other one.
  if (token !== undefined && slackApi !== undefined)
    work.push(checkSlackToken(token, slackApi, text('slack-channel') ?? alerts['slack-channel'], timeoutMs));
  if (given('slack-webhook-url') === undefined && given('slack-token') === undefined)
    work.push(
      about('slack', 'Slack').notConfigured(
        `For alerts in Slack ${howToGive('slack-webhook-url')}.`,
        needs.get('slack'),
      ),
    );

  const smtp = values.get('smtp-url');
  if (smtp !== undefined) {
    const { checkSmtp } = await import('./smtp.ts');
    work.push(
      checkSmtp(
        smtp as Parameters<typeof checkSmtp>[0],
        {
          from: text('email-from') ?? alerts['email-from'],
          to: (values.get('email-to') ?? alerts['email-to']) as readonly string[] | undefined,
        },
        timeoutMs,
        redact,
      ),
    );
  } else if (given('smtp-url') === undefined)
    work.push(
      about('smtp', 'Mail server').notConfigured(
        `For alerts by mail ${howToGive('smtp-url')}.`,
        needs.get('email'),
      ),
    );
  // Not called: what a webhook of your own does with a request is not known.
  if (given('webhook-url') === undefined && needs.has('webhook'))
    work.push(
      about('webhook', 'Webhook').notConfigured(
        `For alerts to your webhook ${howToGive('webhook-url')}.`,
        needs.get('webhook'),
      ),
    );

  work.push(github(session, text('github-token'), needs.get('github-issue'), timeoutMs));
  work.push(
    checkState(
      state,
      {
        mongodb: uri !== undefined,
        channels: webhook !== undefined || token !== undefined || smtp !== undefined,
      },
      stateDatabase,
    ),
  );
  return (await Promise.all(work)).flat();
}

/** Every given input by its own schema: one that is wrong is a finding, and the others are still checked. */
function readValues(session: Session): { values: Map<string, unknown>; problems: Problem[] } {
  const values = new Map<string, unknown>();
  const problems: Problem[] = [];
  for (const [name, input] of Object.entries(inputsOf('doctor'))) {
    const given = givenText((wanted) => session.input(wanted), name);
    const text = given ?? (input.inGuardFile ? undefined : input.default);
    if (text === undefined) continue;
    const parsed = input.schema.safeParse(text);
    if (parsed.success) values.set(name, parsed.data);
    else for (const issue of parsed.error.issues) problems.push({ where: name, ...refusalOf(issue) });
  }
  return { values, problems };
}

function optionFinding(problem: Problem): Finding {
  return about(`option/${problem.where}`, 'Option').failed(
    ...inWords(problem, 'Write it as `deploy-guard verify --help` or `deploy-guard alert --help` shows it.'),
  );
}

/** What was found, and what to do about it. */
function inWords({ hint, ...problem }: Problem, otherwise: string): [found: string, todo: string] {
  return [
    formatProblem(problem, SHELL_DIALECT),
    hint === undefined ? otherwise : renderText(hint, SHELL_DIALECT),
  ];
}

async function guardFile(session: Session): Promise<{ finding: Finding[]; values?: GuardFile }> {
  const { ok, notConfigured, failed } = about('guard-file', 'Guard file');
  const given = givenText((name) => session.input(name), 'config');
  const path = given ?? DEFAULT_CONFIG;
  if (given === undefined && !existsSync(path))
    return { finding: [notConfigured(`Write ${DEFAULT_CONFIG}; \`deploy-guard init\` does it.`)] };
  const problems = new Problems();
  const { parseGuardFile, readGuardFile } = await import('../../settings/guard-file/read.ts');
  const { guardFileSchema } = await import('../../settings/guard-file/schema.ts');
  const text = await readGuardFile(path, problems);
  const parsed = text === undefined ? undefined : parseGuardFile(path, text, guardFileSchema, problems);
  if (parsed) return { finding: [ok(`${path} is valid`)], values: parsed.values };
  return {
    finding: problems.list.map((problem) => failed(...inWords(problem, 'Fix the file at this place.'))),
  };
}

async function mongodb(asked: {
  uri: string | undefined;
  /** It was given, though perhaps wrong. */
  given: boolean;
  /** The guard file counts on it. */
  need: Need | undefined;
  database: string | undefined;
  state: string;
  keepsState: boolean;
  timeoutMs: number;
  redact(text: string): string;
}): Promise<Finding[]> {
  const { uri } = asked;
  const { failed, notConfigured } = about('mongodb', 'MongoDB');
  if (uri === undefined)
    return asked.given
      ? []
      : [notConfigured(`For rollback, and to verify the database, ${howToGive('mongodb-uri')}.`, asked.need)];
  const wrong = await uriProblem(uri);
  if (wrong !== undefined)
    return [
      failed(
        `the connection string ${wrong}`,
        'Write mongodb://HOST:27017/DATABASE, and USER:PASSWORD@ before the host.',
      ),
    ];
  const database = asked.database ?? databaseOfUri(uri);
  if (database === undefined)
    return [
      failed(
        'the connection string names no database',
        'Write it behind the host (…/DATABASE), or as --mongodb-database.',
      ),
    ];
  const { checkMongodb } = await import('./mongodb.ts');
  return checkMongodb({ ...asked, uri, database });
}

async function github(
  session: Session,
  token: string | undefined,
  need: Need | undefined,
  timeoutMs: number,
): Promise<Finding[]> {
  if (token === undefined)
    return [
      about('github', 'GitHub token').notConfigured(
        `For permission look-ups, issues and plan comments ${howToGive('github-token')}.`,
        need,
      ),
    ];
  const { env, cwd } = session.terminal;
  const { checkGithub } = await import('./github.ts');
  return checkGithub({
    token,
    apiUrl: env.GITHUB_API_URL || 'https://api.github.com',
    repository: session.options.get('repository') ?? readContext(env).repository ?? repositoryOfGit(cwd),
    actor: env.GITHUB_TRIGGERING_ACTOR || env.GITHUB_ACTOR || undefined,
    timeoutMs,
  });
}

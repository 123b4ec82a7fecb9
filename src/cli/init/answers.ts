import { ALL_INPUTS } from '../../settings/settings.ts';
import { secretForms } from '../../support/secret-forms.ts';
import { holdsSecrets } from '../arguments/environment.ts';
import { INIT_CHANNELS as CHANNELS, WORKFLOWS, type WorkflowName } from '../arguments/own-options.ts';
import type { Session } from '../session/session.ts';

/** What `init` needs to know to write its files. */
export interface Answers {
  readonly environment: string;
  /** As verify takes them: `NAME=URL` or `URL`. */
  readonly targets: readonly string[];
  readonly mongodb: boolean;
  readonly channels: readonly InitChannel[];
  readonly emailFrom?: string;
  readonly emailTo: readonly string[];
  readonly workflows: readonly WorkflowName[];
  /** The action as a workflow names it: `owner/name@ref`. */
  readonly uses: string;
}

type InitChannel = (typeof CHANNELS)[number];

const DEFAULT_USES = 'deploy-guard/deploy-guard@v0';
const WORKFLOW_WORDS: Readonly<Record<WorkflowName, string>> = {
  verify: 'verify after a deployment; called by your deploy workflow',
  plan: 'plan the rollback on pull requests',
  rollback: 'by hand: plan, apply, resume, restore',
  health: 'verify production every 15 minutes',
};

/**
 * The answers, from options where they are given, else by asking, else their defaults.
 * @throws Cancelled where the user stops a question
 */
export async function gatherAnswers(session: Session): Promise<Answers | { problems: string[] }> {
  const { options, terminal } = session;
  const asks = terminal.interactive && options.get('yes') !== 'true' && !session.json;
  const ask = asks ? (await import('../terminal/prompts.ts')).prompts(session.signal) : undefined;
  const list = (name: string) =>
    options
      .get(name)
      ?.split(/[\n,]/)
      .map((entry) => entry.trim())
      .filter(Boolean);

  const environment =
    options.get('environment') ??
    (await ask?.text('Which environment is guarded?', {
      initial: 'production',
      check: (value) => problemOf('environment', value),
    })) ??
    'production';
  const targets =
    options.get('targets')?.split('\n') ??
    (await ask
      ?.text('Health URL? NAME=URL, several separated by spaces; empty for none', {
        placeholder: 'api=https://api.example.com/api/health',
        check: (value) => (value.trim() === '' ? undefined : targetsProblem(value.split(/\s+/))),
      })
      .then((text) => text.split(/\s+/).filter(Boolean))) ??
    [];
  const mongodb =
    options.get('mongodb') === 'true' ||
    (!options.has('mongodb') && ((await ask?.yes('Does the service use MongoDB?')) ?? false));
  const channels =
    list('channels') ??
    (await ask?.some(
      'Where are alerts sent? (space selects, enter continues)',
      CHANNELS.map((value) => ({ value, label: value })),
      ['slack'],
    )) ??
    [];
  const email = channels.includes('email');
  const emailFrom =
    options.get('email-from') ??
    (email
      ? await ask?.text('Sender of mails?', { check: (value) => problemOf('email-from', value) })
      : undefined);
  const emailTo =
    list('email-to') ??
    (email
      ? await ask
          ?.text('Recipients of mails?', { check: (value) => problemOf('email-to', value) })
          .then((text) => text.split(/[\s,]+/).filter(Boolean))
      : undefined) ??
    [];
  const workflows = list('workflows') ??
    (await ask?.some(
      'Which workflows?',
      WORKFLOWS.filter((name) => mongodb || !needsMongodb(name)).map((value) => ({
        value,
        label: value,
        hint: WORKFLOW_WORDS[value],
      })),
      ['verify'],
    )) ?? ['verify'];
  const answers = {
    environment,
    targets,
    mongodb,
    channels: channels as InitChannel[],
    ...(emailFrom === undefined ? {} : { emailFrom }),
    emailTo,
    workflows: workflows.filter((name) => name !== 'none') as WorkflowName[],
    uses: options.get('uses') ?? DEFAULT_USES,
  };
  const problems = check(answers, workflows);
  return problems.length > 0 ? { problems } : answers;
}

function needsMongodb(workflow: WorkflowName): boolean {
  return workflow === 'plan' || workflow === 'rollback';
}

function check(answers: Answers, asked: readonly string[]): string[] {
  const problems: string[] = [];
  const add = (name: string, problem: string | undefined) => {
    if (problem !== undefined) problems.push(`\`--${name}\` ${problem}`);
  };
  add('environment', problemOf('environment', answers.environment));
  if (answers.targets.length > 0) add('targets', targetsProblem(answers.targets));
  else if (!answers.mongodb)
    add(
      'targets',
      'is needed, or `--mongodb`: there would be nothing to guard; write --targets api=https://…',
    );
  for (const name of answers.channels)
    if (!CHANNELS.includes(name))
      add('channels', `'${name}' is not known; write some of ${CHANNELS.join(', ')}`);
  if (answers.channels.includes('email')) {
    add(
      'email-from',
      answers.emailFrom === undefined
        ? 'is needed for the channel email'
        : problemOf('email-from', answers.emailFrom),
    );
    add(
      'email-to',
      answers.emailTo.length === 0
        ? 'is needed for the channel email'
        : problemOf('email-to', answers.emailTo.join('\n')),
    );
  }
  for (const name of asked) {
    if (name === 'none' || (WORKFLOWS as readonly string[]).includes(name)) continue;
    add('workflows', `'${name}' is not known; write some of ${WORKFLOWS.join(', ')}, or none`);
  }
  for (const name of answers.workflows.filter(needsMongodb))
    if (!answers.mongodb) add('workflows', `names ${name}, which needs a database; write --mongodb as well`);
  if (!/^[\w.-]+\/[\w./-]+@[\w./-]+$/.test(answers.uses))
    add('uses', 'is not an action; write OWNER/NAME@REF, such as deploy-guard/deploy-guard@v0');
  return problems;
}

/** What the input's own schema says of a value. */
function problemOf(input: string, value: string): string | undefined {
  const parsed = ALL_INPUTS[input]?.schema.safeParse(value.trim());
  return parsed?.success === false ? parsed.error.issues[0]?.message : undefined;
}

function targetsProblem(targets: readonly string[]): string | undefined {
  const text = targets.join('\n');
  const input = ALL_INPUTS.targets;
  // What is written here is committed.
  if (input && holdsSecrets(input, text, (part) => secretForms(part).length > 0))
    return 'holds a password or a query value, and the guard file is committed; leave it out and write `${NAME}` into the file by hand';
  return problemOf('targets', text);
}

import * as z from 'zod';
import { secretsOfUri } from '../../support/secret-forms.ts';
import { booleanText, choiceText, listText, nameText, plainText } from '../values/common.ts';
import { quoted, refuse } from '../values/refusal.ts';
import { defineInputs } from './definition.ts';

export const MODES = ['verify', 'alert', 'rollback'] as const;
export type Mode = (typeof MODES)[number];

export const DEFAULT_CONFIG = '.github/deploy-guard.yml';
export const DEFAULT_ENVIRONMENT = 'production';

/** Where alert history and baselines are kept, as the user chose it. */
export type StateChoice = { kind: 'auto' | 'mongodb' | 'none' } | { kind: 'file'; path: string };

const stateText = z.string().transform((text, context): StateChoice => {
  if (text === 'auto' || text === 'mongodb' || text === 'none') return { kind: text };
  if (text.startsWith('file:') && text.length > 'file:'.length) {
    return { kind: 'file', path: text.slice('file:'.length) };
  }
  return refuse(context, {
    code: 'unknown-choice',
    value: quoted(text),
    message: 'is not known',
    hint: 'Write `auto`, `mongodb`, `none` or `file:PATH`, such as `file:.deploy-guard/state.json`.',
  });
});

const dryRunText = z.string().transform((text, context): boolean | 'auto' => {
  if (text === 'auto') return 'auto';
  const value = booleanText.safeParse(text);
  if (value.success) return value.data;
  return refuse(context, {
    code: 'unknown-choice',
    value: quoted(text),
    message: 'is not known',
    hint: 'Write `auto`, `true` or `false`.',
  });
});

/** MongoDB's own rules for database names, checked here so that the answer comes before the first write. */
const databaseText = z.string().transform((text, context) =>
  /^[^/\\. "$*<>:|?\0]{1,63}$/.test(text)
    ? text
    : refuse(context, {
        code: 'not-a-database-name',
        value: quoted(text),
        message: 'is not a database name',
        hint: 'Write up to 63 characters without spaces and / \\ . " $ * < > : | ?.',
      }),
);

/** What GitHub and its runner keep for themselves: tokens of the job, and inputs, which are secrets too. */
const RESERVED_VARIABLE = /^(ACTIONS|GITHUB|RUNNER|INPUT|DEPLOY_GUARD)_/i;

const variableNames = z.array(z.string()).transform((names, context) => {
  for (const name of names) {
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name))
      refuse(context, {
        code: 'not-a-variable-name',
        value: quoted(name),
        message: 'is not the name of an environment variable',
        hint: 'Write names such as `API_TOKEN`, one per line.',
      });
    else if (RESERVED_VARIABLE.test(name))
      refuse(context, {
        code: 'reserved-variable',
        value: quoted(name),
        message: 'is reserved for the runner and the inputs',
        hint: 'Pass the value under a name of its own: `env: { API_TOKEN: … }`.',
      });
  }
  return names;
});

/** Inputs of every mode. */
export const COMMON_INPUTS = defineInputs({
  mode: {
    group: 'common',
    choices: MODES,
    description: 'What to do: verify a deployment, send alerts, or reverse data-migration STEPs.',
    values: '`verify` `alert` `rollback`',
    required: true,
    schema: choiceText(MODES),
  },
  config: {
    group: 'common',
    description: `Path of the guard file; inputs win over it. Read from ${DEFAULT_CONFIG} if that exists.`,
    values: 'path',
    schema: plainText,
  },
  'guard-file-env': {
    group: 'common',
    list: true,
    description:
      'Environment variables that the guard file may expand as `${NAME}`; none on code that is not merged.',
    values: 'names, one per line or separated by commas',
    schema: listText({ commas: true }).pipe(variableNames),
  },
  environment: {
    group: 'common',
    description: 'The name that state, leases, audit and alerts are keyed by.',
    values: 'name',
    default: DEFAULT_ENVIRONMENT,
    inGuardFile: true,
    schema: nameText,
  },
  'dry-run': {
    group: 'common',
    choices: ['auto', 'true', 'false'],
    description:
      'Read only: change and send nothing. auto: true on code that is not merged (pull requests in any form, merge queues, unknown events), where false is refused.',
    values: '`auto` `true` `false`',
    default: 'auto',
    schema: dryRunText,
  },
  'mongodb-uri': {
    group: 'common',
    description: 'Connection string of the database.',
    values: '`mongodb://…` `mongodb+srv://…`',
    secret: true,
    secretParts: secretsOfUri,
    schema: plainText,
  },
  'mongodb-database': {
    group: 'common',
    description: "Name of the database; the connection string's own if not given.",
    values: 'name',
    schema: databaseText,
  },
  state: {
    group: 'common',
    choices: ['auto', 'mongodb', 'file:', 'none'],
    description:
      'Where alert history and baselines are kept between runs. auto: MongoDB if mongodb-uri is given, else none, with a notice.',
    values: '`auto` `mongodb` `file:PATH` `none`',
    default: 'auto',
    schema: stateText,
  },
  'state-database': {
    group: 'common',
    description: 'Database for journal, leases, audit, alert history and baselines.',
    values: 'name',
    default: 'deploy_guard',
    schema: databaseText,
  },
  'github-token': {
    group: 'common',
    description: "Token for permission look-ups, the plan's comment and the issue channel.",
    values: 'token',
    actionDefault: '${{ github.token }}',
    secret: true,
    schema: plainText,
  },
  notify: {
    group: 'common',
    modes: ['verify', 'rollback'],
    description:
      "With verify and rollback: send the alerts of this run's report in the same step, with the inputs of the channels.",
    values: '`true` `false`',
    default: 'false',
    schema: booleanText,
  },
  'report-path': {
    group: 'common',
    description: "Path of the JSON report; in the runner's temp folder if not given.",
    values: 'path',
    schema: plainText,
  },
  'report-html': {
    group: 'common',
    description: 'Path of the same report as one self-contained HTML page; none if not given.',
    values: 'path',
    schema: plainText,
  },
  'report-junit': {
    group: 'common',
    description: 'Path of the same report as JUnit XML, for the test view of CI systems; none if not given.',
    values: 'path',
    schema: plainText,
  },
  'show-summary': {
    group: 'common',
    description: 'Write the job summary.',
    values: '`true` `false`',
    default: 'true',
    schema: booleanText,
  },
});

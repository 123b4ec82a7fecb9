import type { OptionDefinition } from './option.ts';

/** The workflows that `init` can write. */
export const WORKFLOWS = ['verify', 'plan', 'rollback', 'health'] as const;
export type WorkflowName = (typeof WORKFLOWS)[number];

/** The channels that `init` can configure. */
export const INIT_CHANNELS = ['slack', 'email'] as const;

/** Options of `init`: each answers one of its questions. */
export const INIT_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  targets: {
    description: 'What verify probes.',
    values: '`NAME=URL` or `URL`',
    list: true,
  },
  environment: {
    description: 'The environment that is guarded.',
    values: 'name',
    default: 'production',
  },
  mongodb: {
    description: 'The service uses MongoDB: verify it, and keep state there.',
    switch: true,
  },
  channels: {
    description: 'Where alerts go.',
    values: 'list of `slack` `email`',
    choices: INIT_CHANNELS,
    list: true,
  },
  'email-from': { description: 'Sender of mails.', values: 'address' },
  'email-to': { description: 'Recipients of mails.', values: 'list of addresses', list: true },
  workflows: {
    description: 'Which workflows are written; `none` for the guard file alone.',
    values: `list of ${WORKFLOWS.map((name) => `\`${name}\``).join(' ')} \`none\``,
    default: 'verify',
    choices: [...WORKFLOWS, 'none'],
    list: true,
  },
  uses: {
    description: 'The action as the workflows name it.',
    values: '`OWNER/NAME@REF`',
    default: 'deploy-guard/deploy-guard@v0',
  },
  folder: { description: 'Where to write; the working directory if not given.', values: 'path' },
  yes: { description: 'Ask nothing: what is not given has its default.', switch: true, short: 'y' },
};

/** Options of `doctor` that are not inputs. */
export const DOCTOR_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  repository: {
    description:
      "The repository that the token is tried on; GITHUB_REPOSITORY, or git's origin, if not given.",
    values: '`OWNER/NAME`',
  },
  'check-timeout': {
    description: 'How long each server may take to answer.',
    values: 'duration',
    default: '8s',
  },
};

/** Options of `checklist` that are not inputs. */
export const CHECKLIST_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  done: {
    description: 'A decision that was made, by its id; with `=WHO`, by whom.',
    values: '`ID` or `ID=WHO`',
    list: true,
  },
  skip: {
    description: 'A line that does not concern this deployment, by its id. It is shown as skipped.',
    values: '`ID`',
    list: true,
  },
};

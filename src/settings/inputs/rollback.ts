import * as z from 'zod';
import { OPERATIONS } from '../../rollback/model/options.ts';
import { input, text as mention } from '../../support/problem.ts';
import { choiceText, durationText, integerText, listText, plainText } from '../values/common.ts';
import { quoted, refuse } from '../values/refusal.ts';
import { defineInputs } from './definition.ts';

const operationIdText = plainText.transform((text, context) =>
  /^[A-Za-z0-9-]{1,64}$/.test(text)
    ? text
    : refuse(context, {
        code: 'not-an-operation-id',
        value: quoted(text),
        message: 'is not an operation id',
        hint: mention`${input('operation', 'history')} shows the ids.`,
      }),
);

const digestText = plainText.transform((text, context) =>
  /^[0-9a-fA-F]{64}$/.test(text)
    ? text
    : refuse(context, {
        code: 'not-a-digest',
        value: quoted(text),
        message: 'is not a SHA-256 in hex',
        hint: 'Copy the 64 characters that the plan shows.',
      }),
);

/** Inputs of rollback. */
export const ROLLBACK_INPUTS = defineInputs({
  operation: {
    group: 'rollback',
    choices: OPERATIONS,
    description: 'What to do; required, except for a dry run, whose default is `plan`.',
    values: OPERATIONS.map((operation) => `\`${operation}\``).join(' '),
    schema: choiceText(OPERATIONS),
  },
  steps: {
    group: 'rollback',
    list: true,
    description: 'The STEPs, rolled back from the highest number down.',
    values: '`19` · `19,21` · `19-22` · names',
    schema: plainText,
  },
  'operation-id': {
    group: 'rollback',
    description:
      'The operation to resume, restore, show or purge; the latest if not given, except for purge.',
    values: 'id',
    schema: operationIdText,
  },
  'plan-digest': {
    group: 'rollback',
    description: 'Apply only this exact plan.',
    values: 'SHA-256 in hex',
    schema: digestText,
  },
  confirm: {
    group: 'rollback',
    description:
      'The phrase that the plan prints; required for STEPs of high or critical risk, for `unlock` and `purge`.',
    values: 'text',
    schema: plainText,
  },
  'batch-size': {
    group: 'rollback',
    description: 'Documents per batch, at most.',
    values: 'integer from 1 to 10000',
    default: '500',
    inGuardFile: true,
    schema: integerText(1, 10_000),
  },
  'max-lag': {
    group: 'rollback',
    description: 'The run waits while replication lag is higher.',
    values: 'duration',
    default: '1500ms',
    inGuardFile: true,
    schema: durationText({ min: 1 }),
  },
  'max-duration': {
    group: 'rollback',
    description: 'The run stops after this; `resume` continues it.',
    values: 'duration',
    default: '30m',
    inGuardFile: true,
    schema: durationText({ min: 1_000 }),
  },
  'on-conflict': {
    group: 'rollback',
    choices: ['fail', 'skip'],
    description: 'Whether documents that another writer changed fail the STEP. They are never overwritten.',
    values: '`fail` `skip`',
    default: 'fail',
    inGuardFile: true,
    schema: choiceText(['fail', 'skip']),
  },
  'required-permission': {
    group: 'rollback',
    choices: ['admin', 'maintain', 'write', 'none'],
    description: 'The permission on the repository that the actor needs to change anything.',
    values: '`admin` `maintain` `write` `none`',
    default: 'admin',
    inGuardFile: true,
    schema: choiceText(['admin', 'maintain', 'write', 'none']),
  },
  'guard-file-collections': {
    group: 'rollback',
    list: true,
    description:
      'Collections beyond those of the built-in STEPs that STEPs of the guard file may read on code that is not merged.',
    values: 'names, one per line or separated by commas',
    schema: listText({ commas: true }),
  },
  'github-environment': {
    group: 'rollback',
    description:
      'The GitHub environment that the job runs in; a notice says if it asks nobody for a review. None if not given.',
    values: 'name',
    schema: z.string().max(255, 'is longer than 255 characters, which no environment is'),
  },
  'history-page': {
    group: 'rollback',
    description: 'The page of `history`, 20 operations each, the newest first.',
    values: 'integer from 1',
    default: '1',
    schema: integerText(1, 100_000),
  },
});

import { OPERATIONS } from '../../rollback/model/options.ts';
import { input, text as mention } from '../../support/problem.ts';
import { choiceText, durationText, integerText, plainText } from '../values/common.ts';
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
    description: 'What to do. Under a dry run `plan` if not given, else required.',
    values: OPERATIONS.map((operation) => `\`${operation}\``).join(' '),
    schema: choiceText(OPERATIONS),
  },
  steps: {
    group: 'rollback',
    list: true,
    description: 'The STEPs, applied from the highest number down.',
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
    description: 'Apply only exactly this plan.',
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
    description: 'Documents a batch at most.',
    values: 'integer from 1 to 10000',
    default: '500',
    inGuardFile: true,
    schema: integerText(1, 10_000),
  },
  'max-lag': {
    group: 'rollback',
    description: 'The run waits while a member of the replica set is further behind.',
    values: 'duration',
    default: '1500ms',
    inGuardFile: true,
    schema: durationText({ min: 1 }),
  },
  'max-duration': {
    group: 'rollback',
    description: 'After this the run ends; `resume` goes on from there.',
    values: 'duration',
    default: '30m',
    inGuardFile: true,
    schema: durationText({ min: 1_000 }),
  },
  'on-conflict': {
    group: 'rollback',
    description:
      'Whether documents that somebody else changed fail the STEP. They are left alone either way.',
    values: '`fail` `skip`',
    default: 'fail',
    inGuardFile: true,
    schema: choiceText(['fail', 'skip']),
  },
  'required-permission': {
    group: 'rollback',
    description: 'What the actor must hold on the repository to change anything.',
    values: '`admin` `maintain` `write` `none`',
    default: 'admin',
    inGuardFile: true,
    schema: choiceText(['admin', 'maintain', 'write', 'none']),
  },
  'history-page': {
    group: 'rollback',
    description: 'The page of `history`, 20 operations each, the newest first.',
    values: 'integer from 1',
    default: '1',
    schema: integerText(1, 100_000),
  },
});

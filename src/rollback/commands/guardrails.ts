import { ConfigurationError, messageOf } from '../../support/errors.ts';
import { input, text } from '../../support/problem.ts';
import type { Operation, RollbackOptions } from '../model/options.ts';
import { PERMISSIONS, type RollbackPorts } from '../model/ports.ts';
import type { StepDefinition } from '../steps/catalogue.ts';

/** What a run does under a dry run instead of writing. */
export function effectiveOperation(
  operation: Operation,
  dryRun: boolean,
): { operation: Operation; notice?: string } {
  if (!dryRun || operation === 'plan' || operation === 'status' || operation === 'history')
    return { operation };
  const instead = operation === 'apply' ? 'plan' : 'status';
  return {
    operation: instead,
    notice: `dry run: \`${operation}\` was not run, \`${instead}\` was; nothing is written`,
  };
}

/** The phrase that names what is done, and where. Only STEPs of high or critical risk ask for it. */
export function confirmationPhrase(
  steps: readonly Pick<StepDefinition, 'step' | 'risk'>[],
  environment: string,
): string | undefined {
  if (!steps.some((step) => step.risk === 'high' || step.risk === 'critical')) return undefined;
  return `roll back ${steps.map((step) => step.step).join(' ')} in ${environment}`;
}

/** @throws ConfigurationError that shows the phrase to write. */
export function requireConfirmation(options: RollbackOptions, environment: string): void {
  const phrase = confirmationPhrase(options.steps, environment);
  if (phrase === undefined || options.confirm === phrase) return;
  const risky = options.steps.filter((step) => step.risk === 'high' || step.risk === 'critical');
  throw new ConfigurationError({
    code: 'confirmation',
    where: 'confirm',
    message: `${options.confirm === undefined ? 'is missing' : 'is not the phrase of this plan'}; ${risky
      .map((step) => `STEP ${step.step} is of ${step.risk} risk${step.cost ? ` (${step.cost})` : ''}`)
      .join('; ')}`,
    hint: text`Read the plan, then write ${input('confirm', phrase)}.`,
  });
}

/**
 * @returns a notice where nobody was asked: outside of a repository whoever holds the connection string may.
 * @throws ConfigurationError where the actor may not, or the platform cannot be asked.
 */
export async function requirePermission(options: RollbackOptions, ports: RollbackPorts): Promise<string[]> {
  const wanted = options.requiredPermission;
  if (wanted === 'none') return [];
  const { permission, run } = ports;
  if (run.repository === undefined) return ['no repository, so no permission was asked for'];
  if (permission === undefined) {
    throw new ConfigurationError({
      code: 'permission-unknown',
      where: 'required-permission',
      message: `the permission of ${run.actor} cannot be checked without a token; ${wanted} is required`,
      hint: text`Give ${input('github-token')}, or write ${input('required-permission', 'none')} if another gate decides who may run this.`,
    });
  }
  let held: (typeof PERMISSIONS)[number];
  try {
    held = await permission.permissionOf(run.actor);
  } catch (error) {
    throw new ConfigurationError({
      code: 'permission-unknown',
      where: 'required-permission',
      message: `the permission of ${run.actor} could not be checked (${wanted} is required): ${ports.redact(messageOf(error))}`,
      hint: 'The token needs `metadata: read` on the repository (the workflow’s own token has it).',
    });
  }
  if (PERMISSIONS.indexOf(held) >= PERMISSIONS.indexOf(wanted)) return [];
  throw new ConfigurationError({
    code: 'permission',
    where: 'required-permission',
    message: `${run.actor} has ${held} permission on ${run.repository}; ${wanted} is required`,
    hint: text`Ask a person who has it to run this, or lower ${input('required-permission')}.`,
  });
}

/**
 * A protected environment has people approve a job before it runs; where it is known that nobody has to, a notice says
 * so. Only the workflow knows which environment its job is in: the name that state is keyed by may be another one.
 */
export async function unprotectedNotice(
  { githubEnvironment }: RollbackOptions,
  { permission, log }: RollbackPorts,
): Promise<string[]> {
  if (githubEnvironment === undefined) return [];
  const isProtected = await permission?.environmentProtected?.(githubEnvironment).catch(() => undefined);
  if (isProtected !== false) return [];
  const notice = `the environment ${githubEnvironment} asks nobody for a review; give it required reviewers and name it in the job`;
  log.warning(notice);
  return [notice];
}

import type { Report } from '../../report/schema.ts';
import type { Finding } from '../doctor/finding.ts';
import { printable } from '../terminal/terminal.ts';
import type { CommandEnd } from './run-command.ts';

/** States in which an operation still has work to do. */
const UNFINISHED = new Set(['running', 'throttled', 'interrupted', 'partially_applied']);

/** Why a history leaves something open: unfinished operations, the latest first. */
export function unfinished(result: unknown): string | undefined {
  const left = ((result as Partial<Report> | undefined)?.rollback?.history ?? []).filter(({ state }) =>
    UNFINISHED.has(state),
  );
  const [first] = left;
  if (first === undefined) return undefined;
  const more = left.length > 1 ? `, and ${left.length - 1} more` : '';
  return `operation ${first.operationId} is ${first.state.replaceAll('_', ' ')}${more}; finish it with \`deploy-guard rollback --operation resume\``;
}

/** What doctor printed, as far as it is one. */
function findingsOf(result: unknown): readonly Finding[] {
  const { findings } = (result ?? {}) as { findings?: readonly Finding[] };
  return Array.isArray(findings) ? findings : [];
}

/** Why doctor's result does not close the line though nothing failed: what is not configured cannot fail. */
export function unconfigured(result: unknown): string | undefined {
  const findings = findingsOf(result);
  const has = (id: string) =>
    findings.some((finding) => finding.id.split('/')[0] === id && finding.status !== 'not configured');
  if (!has('mongodb')) return 'no database is configured';
  if (!has('slack') && !has('smtp')) return 'no alert channel is configured: nobody would be notified';
  return undefined;
}

/** Why a comparison leaves its line open: the first run with `baseline: compare` has nothing to compare with. */
export function notCompared(result: unknown): string | undefined {
  const checks = (result as Partial<Report> | undefined)?.checks ?? [];
  return checks.some(({ baseline }) => baseline !== undefined && baseline !== null)
    ? undefined
    : 'nothing was compared: there was no baseline, and this run recorded one; record it before a deployment with `deploy-guard verify --baseline record`';
}

/** Why a command leaves its line open; undefined if it succeeded. */
export function reasonOf({ exitCode, result, said }: CommandEnd): string | undefined {
  if (exitCode === 0) return undefined;
  const failed = findingsOf(result).filter(({ status }) => status === 'failed');
  if (failed.length > 0) return failed.map(({ subject, found }) => `${subject}: ${found}`).join('; ');
  const report = result as Partial<Report> | undefined;
  const bad = report?.checks?.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skipped');
  if (bad && bad.length > 0)
    return `${report?.verdict}: ${bad
      .slice(0, 3)
      .map(({ target, metric, reason }) => `${target} ${metric}: ${reason}`)
      .join('; ')}${bad.length > 3 ? `; and ${bad.length - 3} more` : ''}`;
  const errors = said
    .split('\n')
    .filter((line) => line.startsWith('error: '))
    .map((line) => line.slice('error: '.length));
  const words = errors.length > 0 ? errors.slice(0, 3).join('; ') : report?.cause;
  return printable(words ?? (said.trim().split('\n').at(-1) || `exit code ${exitCode}`)).replaceAll(
    '\n',
    ' ',
  );
}

import type { Report } from '../../report/schema.ts';
import type { Finding } from '../doctor/finding.ts';

/** States in which an operation still has work to do. */
const UNFINISHED = new Set(['running', 'throttled', 'interrupted', 'partially_applied']);

/** Why a history leaves something open: operations that nobody finished, the latest first. */
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
export function findingsOf(result: unknown): readonly Finding[] {
  const { findings } = (result ?? {}) as { findings?: readonly Finding[] };
  return Array.isArray(findings) ? findings : [];
}

/** Why doctor is no all-clear though nothing failed: what is not configured cannot fail. */
export function unconfigured(result: unknown): string | undefined {
  const findings = findingsOf(result);
  const has = (id: string) =>
    findings.some((finding) => finding.id.split('/')[0] === id && finding.status !== 'not configured');
  if (!has('mongodb')) return 'no database is configured';
  if (!has('slack') && !has('smtp')) return 'no alert channel is configured: nobody would be told';
  return undefined;
}

import type { Report } from '../report/schema.ts';
import { type Verdict, WORST_FIRST, worstVerdict } from '../report/vocabulary.ts';

/** A report file as it was found; `report` is undefined where it could not be read as one. */
export interface FoundReport {
  /** path below the folder of reports, for messages */
  name: string;
  report: Report | undefined;
  /** why it could not be read */
  problem?: string;
}

/** One line of the merged summary. */
export interface Row {
  environment: string;
  mode: Report['mode'] | 'unknown';
  verdict: Verdict;
  dryRun: boolean;
  /** ISO time at which the run ended; undefined where there is no report */
  at?: string;
  /** ids of the checks that did not pass */
  failed: string[];
  /** what happened, in a few words; never empty where the verdict is not `pass` */
  note: string;
  url?: string;
}

export interface Merged {
  /** the worst of the rows; `inconclusive` of none */
  verdict: Verdict;
  rows: Row[];
}

/**
 * Several reports as one: a row each, worst first, then by environment. Pure.
 * An expected environment without a report is a row with the verdict `error`: nobody looked at it, and what
 * nobody looked at is not green.
 */
export function mergeReports(found: readonly FoundReport[], expected: readonly string[]): Merged {
  const rows = found.map(rowOf);
  // That an alert was sent says nothing of what it was sent about.
  const seen = new Set(rows.filter(({ mode }) => mode !== 'alert').map((row) => row.environment));
  for (const environment of expected) {
    if (seen.has(environment)) continue;
    rows.push({
      environment,
      mode: 'unknown',
      verdict: 'error',
      dryRun: false,
      failed: [],
      note: 'there is no report of it',
    });
  }
  rows.sort(
    (one, other) =>
      WORST_FIRST.indexOf(one.verdict) - WORST_FIRST.indexOf(other.verdict) ||
      one.environment.localeCompare(other.environment, 'en') ||
      one.mode.localeCompare(other.mode, 'en'),
  );
  return { verdict: worstVerdict(rows.map((row) => row.verdict)), rows };
}

function rowOf({ name, report, problem }: FoundReport): Row {
  if (!report) {
    return {
      environment: name,
      mode: 'unknown',
      verdict: 'error',
      dryRun: false,
      failed: [],
      note: problem ?? 'is not a report',
    };
  }
  const failed = report.checks
    .filter(({ verdict }) => verdict === 'fail' || verdict === 'error' || verdict === 'inconclusive')
    .map(({ id }) => id);
  const url = report.run?.url;
  return {
    environment: report.environment,
    mode: report.mode,
    verdict: report.verdict,
    dryRun: report.dryRun,
    at: report.finishedAt,
    failed,
    note: noteOf(report, failed),
    ...(url === undefined ? {} : { url }),
  };
}

function noteOf(report: Report, failed: readonly string[]): string {
  if (report.cause) return report.cause;
  if (report.rollback) {
    const { operation, state, steps } = report.rollback;
    return `${operation} of ${steps.map(({ step }) => step).join(', ') || 'no STEPs'}: ${state.replace('_', ' ')}`;
  }
  if (failed.length > 0) return failed.join(', ');
  const warned = report.checks.filter(({ verdict }) => verdict === 'warn').map(({ id }) => id);
  if (warned.length > 0) return warned.join(', ');
  const checks = report.checks.length;
  return `${checks} ${checks === 1 ? 'check' : 'checks'}`;
}

import * as z from 'zod';
import { VERDICTS, type Verdict } from '../report/vocabulary.ts';
import { Problems } from '../settings/context/problems.ts';
import { givenText } from '../settings/inputs/read.ts';

/** The inputs of summary/action.yml, with their defaults; a test holds both together. */
export const SUMMARY_INPUTS = {
  reports: '',
  expected: '',
  title: 'deploy-guard',
  'fail-on': 'fail,inconclusive,error',
  history: '',
  'status-page': '',
} as const;

export interface SummarySettings {
  /** folder below which each `.json` is a report */
  reports: string;
  /** environments that must have one */
  expected: string[];
  title: string;
  failOn: Verdict[];
  /** path of the history file */
  history?: string;
  /** path of the HTML page */
  statusPage?: string;
}

/** @throws ConfigurationError that names every input that is wrong */
export function readSummarySettings(raw: (name: string) => string | undefined): SummarySettings {
  const problems = new Problems();
  const text = (name: keyof typeof SUMMARY_INPUTS) =>
    givenText(raw, name) ?? (SUMMARY_INPUTS[name] || undefined);
  const reports = text('reports');
  if (reports === undefined) {
    problems.add({
      code: 'required',
      where: 'reports',
      message: 'is required',
      hint: 'Write the folder that the reports were downloaded to.',
    });
  }
  const failOn: Verdict[] = [];
  for (const word of listOf(text('fail-on') ?? '')) {
    if (word === 'none') continue;
    const verdict = z.enum(VERDICTS).safeParse(word);
    if (verdict.success) failOn.push(verdict.data);
    else
      problems.add({
        code: 'unknown-choice',
        where: 'fail-on',
        value: `'${word}'`,
        message: 'is not a verdict',
        hint: `Write a list of ${VERDICTS.join(', ')}, or none.`,
      });
  }
  const history = text('history');
  const statusPage = text('status-page');
  if (statusPage !== undefined && history === undefined) {
    problems.add({
      code: 'needs-history',
      where: 'status-page',
      message: 'needs `history`, which is what it shows',
      hint: 'Write `history: PATH` of a file that outlives the run, by a cache.',
    });
  }
  problems.throwIfAny();
  return {
    reports: reports ?? '',
    expected: listOf(text('expected') ?? ''),
    title: text('title') ?? SUMMARY_INPUTS.title,
    failOn,
    ...(history === undefined ? {} : { history }),
    ...(statusPage === undefined ? {} : { statusPage }),
  };
}

function listOf(text: string): string[] {
  return text
    .split(/[\n,]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

import { VERDICTS, type Verdict } from '../report/vocabulary.ts';
import { Problems } from '../settings/context/problems.ts';
import { defineInputs } from '../settings/inputs/definition.ts';
import { readInputs } from '../settings/inputs/read.ts';
import { choicesText, listText, plainText } from '../settings/values/common.ts';

const FAIL_ON = [...VERDICTS, 'none'] as const;

/** The inputs of the action in summary/, whose action.yml is generated from this. */
export const SUMMARY_INPUTS = defineInputs({
  reports: {
    group: 'common',
    description: 'Folder that the reports were downloaded to; each .json below it is one.',
    values: 'path',
    required: true,
    schema: plainText,
  },
  expected: {
    group: 'common',
    list: true,
    description: 'Environments that must have a report. One without is an error, because it was not checked.',
    values: 'list of names',
    schema: listText({ commas: true }),
  },
  title: {
    group: 'common',
    description: 'Title of the summary and the page.',
    values: 'text',
    default: 'deploy-guard',
    schema: plainText,
  },
  'fail-on': {
    group: 'common',
    list: true,
    choices: FAIL_ON,
    description: 'List of verdicts that fail the step, or none.',
    values: `list of ${FAIL_ON.map((word) => `\`${word}\``).join(' ')}`,
    default: 'fail,inconclusive,error',
    schema: choicesText(FAIL_ON),
  },
  history: {
    group: 'common',
    description:
      'Path of a file that keeps the results for the status page. It must outlive the run, by a cache.',
    values: 'path',
    schema: plainText,
  },
  'status-page': {
    group: 'common',
    description: 'Path of the status page to write: one self-contained HTML file.',
    values: 'path',
    schema: plainText,
  },
});

/** The outputs of that action. */
export const SUMMARY_OUTPUTS = { verdict: 'The worst of all verdicts.' } as const;

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
  const inputs = readInputs(SUMMARY_INPUTS, raw, problems);
  const { history, 'status-page': statusPage } = inputs;
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
    reports: inputs.reports ?? '',
    expected: inputs.expected ?? [],
    title: inputs.title,
    failOn: inputs['fail-on'].filter((word) => word !== 'none'),
    ...(history === undefined ? {} : { history }),
    ...(statusPage === undefined ? {} : { statusPage }),
  };
}

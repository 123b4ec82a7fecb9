import { VERDICTS } from '../../report/vocabulary.ts';
import { choicesText, choiceText, durationText, integerText, listText, plainText } from '../values/common.ts';
import { refuse, shapeOf } from '../values/refusal.ts';
import {
  EMPTY_LIST,
  headerNameText,
  headersText,
  headerValues,
  pointerText,
  secretsOfTargets,
  statusRangesText,
  targetsText,
  thresholdsText,
  webAddress,
} from '../values/verify.ts';
import { defineInputs } from './definition.ts';

const FAILING_VERDICTS = VERDICTS.filter((verdict) => verdict !== 'pass');

const bearerText = plainText.transform((text, context) =>
  /^[\x21-\x7e]+$/.test(text)
    ? text
    : refuse(context, {
        code: 'not-a-bearer-token',
        value: shapeOf(text),
        message: 'is not a token',
        hint: 'Write it without `Bearer`, spaces and line breaks.',
      }),
);

/** Inputs of verify. */
export const VERIFY_INPUTS = defineInputs({
  targets: {
    group: 'verify',
    list: true,
    description: 'What to probe. User info and query values are never shown.',
    values: '`URL` or `NAME=URL`, one per line',
    secretParts: secretsOfTargets,
    schema: listText({ commas: false }).pipe(targetsText),
  },
  'health-base-url': {
    group: 'verify',
    description:
      'Base URL of the health endpoints (`/api/health`, …), from which health, metrics and version are read.',
    values: 'URL',
    secretParts: secretsOfTargets,
    schema: plainText.pipe(webAddress),
  },
  'health-format': {
    group: 'verify',
    choices: ['auto', 'deploy-guard', 'actuator', 'health-json'],
    description:
      'Format of the health endpoints: the six of deploy-guard/monitor, Spring Boot Actuator, or `application/health+json`. `auto` detects it.',
    values: '`auto` `deploy-guard` `actuator` `health-json`',
    default: 'auto',
    schema: choiceText(['auto', 'deploy-guard', 'actuator', 'health-json']),
  },
  'prometheus-url': {
    group: 'verify',
    description: "The service's metrics in Prometheus text format, for the `app_…` thresholds.",
    values: 'URL',
    secretParts: secretsOfTargets,
    schema: plainText.pipe(webAddress),
  },
  headers: {
    group: 'verify',
    list: true,
    description: 'Sent with each probe; the values are secret.',
    values: '`NAME: VALUE`, one per line',
    secretParts: headerValues,
    schema: listText({ commas: false }).pipe(headersText),
  },
  'bearer-token': {
    group: 'verify',
    description: 'Sent with each probe as `Authorization: Bearer`.',
    values: 'token',
    secret: true,
    schema: bearerText,
  },
  'expected-status': {
    group: 'verify',
    list: true,
    description: 'Status codes that count as success.',
    values: 'codes and ranges, such as `200-299, 301`',
    default: '200-299',
    schema: listText({ commas: true }).pipe(statusRangesText),
  },
  'expected-version': {
    group: 'verify',
    description:
      'The gate waits until every target answers with this version, and fails if another one answers.',
    values: 'text',
    schema: plainText,
  },
  'version-path': {
    group: 'verify',
    description: 'Where the version is in a JSON answer.',
    values: 'JSON Pointer',
    default: '/version',
    schema: pointerText,
  },
  'version-header': {
    group: 'verify',
    description: 'The header that carries the version, if it is not in the JSON.',
    values: 'name of a header',
    schema: headerNameText,
  },
  'version-pattern': {
    group: 'verify',
    description: 'A pattern (RE2 syntax) whose first group is the version, if it is in text.',
    values: 'pattern, such as `build (\\S+)`',
    schema: plainText,
  },
  thresholds: {
    group: 'verify',
    list: true,
    description: 'What is judged, as in k6: `METRIC[{label:value}]: AGGREGATE OP VALUE[UNIT][, warn …]`.',
    values: 'one per line',
    schema: listText({ commas: false }).pipe(thresholdsText),
  },
  samples: {
    group: 'verify',
    description: 'Measured probes per target.',
    values: '1 to 10000',
    default: '10',
    schema: integerText(1, 10_000),
  },
  warmup: {
    group: 'verify',
    description: 'Warm-up probes per target before those, not judged.',
    values: '0 to 1000',
    default: '2',
    schema: integerText(0, 1_000),
  },
  interval: {
    group: 'verify',
    description: 'Time between probe starts, per target.',
    values: 'duration',
    default: '1s',
    schema: durationText({ min: 0, max: 3_600_000 }),
  },
  timeout: {
    group: 'verify',
    description: 'Time limit of one probe, redirects and body included.',
    values: 'duration',
    default: '10s',
    schema: durationText({ min: 1, max: 600_000 }),
  },
  'initial-delay': {
    group: 'verify',
    description: 'Wait this long before the first probe.',
    values: 'duration',
    default: '0s',
    schema: durationText({ min: 0, max: 6 * 3_600_000 }),
  },
  'wait-timeout': {
    group: 'verify',
    description: 'How long to wait for the targets to answer with the expected version.',
    values: 'duration',
    default: '5m',
    schema: durationText({ min: 0, max: 6 * 3_600_000 }),
  },
  retries: {
    group: 'verify',
    description: 'Retries per sample. A check that passes only after a retry is `warn`.',
    values: '0 to 20',
    default: '0',
    schema: integerText(0, 20),
  },
  concurrency: {
    group: 'verify',
    description: 'Probes in flight at once, at most.',
    values: '1 to 1000',
    default: '20',
    schema: integerText(1, 1_000),
  },
  baseline: {
    group: 'verify',
    choices: ['none', 'record', 'compare'],
    description:
      'record: store this run as the reference. compare: judge against it, and record it if there is none yet.',
    values: '`none` `record` `compare`',
    default: 'none',
    schema: choiceText(['none', 'record', 'compare']),
  },
  'baseline-floor': {
    group: 'verify',
    description: 'Differences from the baseline smaller than this are ignored, whatever the percentage.',
    values: 'duration',
    default: '10ms',
    schema: durationText({ min: 0, max: 600_000 }),
  },
  'fail-on': {
    group: 'verify',
    choices: FAILING_VERDICTS,
    list: true,
    description: 'Verdicts that fail the step.',
    values: 'list of `warn` `fail` `inconclusive` `error`',
    default: 'fail,inconclusive,error',
    schema: choicesText(FAILING_VERDICTS).refine((list) => list.length > 0, {
      params: { refusal: EMPTY_LIST },
    }),
  },
  'control-target': {
    group: 'verify',
    description:
      'A host that must answer for failures to count; if it does not answer either, the verdict is inconclusive.',
    values: 'URL',
    secretParts: secretsOfTargets,
    schema: plainText.pipe(webAddress),
  },
});

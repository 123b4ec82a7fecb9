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
    values: '`URL` or `NAME=URL`, one a line',
    secretParts: secretsOfTargets,
    schema: listText({ commas: false }).pipe(targetsText),
  },
  'health-base-url': {
    group: 'verify',
    description:
      'Reads what the service says of itself below this base (`/api/health`, …), and its version there.',
    values: 'URL',
    secretParts: secretsOfTargets,
    schema: plainText.pipe(webAddress),
  },
  'health-format': {
    group: 'verify',
    description:
      'What answers there: the six endpoints, Spring Boot Actuator, or `application/health+json`. `auto` finds out.',
    values: '`auto` `deploy-guard` `actuator` `health-json`',
    default: 'auto',
    schema: choiceText(['auto', 'deploy-guard', 'actuator', 'health-json']),
  },
  'prometheus-url': {
    group: 'verify',
    description: "The service's metrics in Prometheus' text format, for the `app_…` thresholds.",
    values: 'URL',
    secretParts: secretsOfTargets,
    schema: plainText.pipe(webAddress),
  },
  headers: {
    group: 'verify',
    list: true,
    description: 'Sent with each probe; the values are secret.',
    values: '`NAME: VALUE`, one a line',
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
    description: 'Status codes that count as an answer.',
    values: 'codes and ranges, such as `200-299, 301`',
    default: '200-299',
    schema: listText({ commas: true }).pipe(statusRangesText),
  },
  'expected-version': {
    group: 'verify',
    description:
      'The gate waits until each target answers with this version, and fails where another one answers.',
    values: 'text',
    schema: plainText,
  },
  'version-path': {
    group: 'verify',
    description: 'Where in the JSON of an answer the version stands.',
    values: 'JSON Pointer',
    default: '/version',
    schema: pointerText,
  },
  'version-header': {
    group: 'verify',
    description: 'The header that carries the version, where it is not in the JSON.',
    values: 'name of a header',
    schema: headerNameText,
  },
  'version-pattern': {
    group: 'verify',
    description: 'Where the version is in text: a pattern (RE2 syntax) whose first group is the version.',
    values: 'pattern, such as `build (\\S+)`',
    schema: plainText,
  },
  thresholds: {
    group: 'verify',
    list: true,
    description: 'What is judged, as in k6: `METRIC[{label:value}]: AGGREGATE OP VALUE[UNIT][, warn …]`.',
    values: 'one a line',
    schema: listText({ commas: false }).pipe(thresholdsText),
  },
  samples: {
    group: 'verify',
    description: 'Measured probes a target.',
    values: '1 to 10000',
    default: '10',
    schema: integerText(1, 10_000),
  },
  warmup: {
    group: 'verify',
    description: 'Probes a target before them that are thrown away.',
    values: '0 to 1000',
    default: '2',
    schema: integerText(0, 1_000),
  },
  interval: {
    group: 'verify',
    description: 'From the start of a probe to the start of the next one of the same target.',
    values: 'duration',
    default: '1s',
    schema: durationText({ min: 0, max: 3_600_000 }),
  },
  timeout: {
    group: 'verify',
    description: 'Limit of one probe, redirects and body included.',
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
    description: 'How long to wait until the targets answer with the right version.',
    values: 'duration',
    default: '5m',
    schema: durationText({ min: 0, max: 6 * 3_600_000 }),
  },
  retries: {
    group: 'verify',
    description:
      'A failed sample is tried again so many times; a check that needed it is `warn`, not `pass`.',
    values: '0 to 20',
    default: '0',
    schema: integerText(0, 20),
  },
  concurrency: {
    group: 'verify',
    description: 'How many probes may be under way at once.',
    values: '1 to 1000',
    default: '20',
    schema: integerText(1, 1_000),
  },
  baseline: {
    group: 'verify',
    description:
      'record: pins this run as the reference. compare: judges against it, and records where there is none yet.',
    values: '`none` `record` `compare`',
    default: 'none',
    schema: choiceText(['none', 'record', 'compare']),
  },
  'baseline-floor': {
    group: 'verify',
    description:
      'Times may differ from the baseline by this much, whatever share that is: noise is no regression.',
    values: 'duration',
    default: '10ms',
    schema: durationText({ min: 0, max: 600_000 }),
  },
  'fail-on': {
    group: 'verify',
    list: true,
    description: 'Verdicts that fail the step.',
    values: 'list of `warn` `fail` `inconclusive` `error`',
    default: 'fail,inconclusive,error',
    schema: choicesText(VERDICTS.filter((verdict) => verdict !== 'pass')).refine((list) => list.length > 0, {
      params: { refusal: EMPTY_LIST },
    }),
  },
  'control-target': {
    group: 'verify',
    description:
      'A host that must answer for failures to count; where it is silent too, the verdict is inconclusive.',
    values: 'URL',
    secretParts: secretsOfTargets,
    schema: plainText.pipe(webAddress),
  },
});

import type { WorkflowName } from '../arguments/own-options.ts';
import type { Answers } from './answers.ts';

const CHECKOUT = 'actions/checkout@1af3b93b6815bc44a9784bd300feb67ff0d1eeb3 # v6.0.0';
const RESTORE = 'actions/cache/restore@cdf6c1fa76f9f475f3d7449005a359c84ca0f306 # v5.0.3';
const SAVE = 'actions/cache/save@cdf6c1fa76f9f475f3d7449005a359c84ca0f306 # v5.0.3';
const STATE_FILE = '.deploy-guard/state.json';

/** Path of a workflow, from the repository's root. */
export function workflowPath(name: WorkflowName): string {
  return `.github/workflows/deploy-guard-${name}.yml`;
}

/** The text of a workflow. Pure. */
export function workflowText(name: WorkflowName, answers: Answers): string {
  const lines = TEMPLATES[name](answers);
  return `# Written by \`deploy-guard init\`; yours to change.\n${lines.join('\n')}\n`;
}

/** The secrets of the repository that most workflows read. */
export function secretsOf(answers: Answers): { name: string; what: string }[] {
  return [
    ...(answers.mongodb ? [{ name: 'MONGODB_URI', what: 'connection string of the database' }] : []),
    ...(answers.channels.includes('slack')
      ? [{ name: 'SLACK_WEBHOOK_URL', what: "Slack's incoming webhook" }]
      : []),
    ...(answers.channels.includes('email')
      ? [{ name: 'SMTP_URL', what: 'mail server: smtp+starttls://user:password@host:587' }]
      : []),
  ];
}

const TEMPLATES: Readonly<Record<WorkflowName, (answers: Answers) => string[]>> = {
  verify: (answers) => [
    '# Your deploy workflow calls it behind the job that deploys:',
    '#',
    '#   verify:',
    '#     needs: deploy',
    '#     permissions:',
    '#       contents: read',
    '#     uses: ./.github/workflows/deploy-guard-verify.yml',
    ...(secretsOf(answers).length > 0
      ? [
          '#     secrets:',
          ...secretsOf(answers).map(({ name }) => `#       ${name}: \${{ secrets.${name} }}`),
        ]
      : []),
    'name: deploy-guard verify',
    '',
    'on:',
    '  workflow_call:',
    ...(secretsOf(answers).length > 0
      ? [
          '    secrets:',
          ...secretsOf(answers).flatMap(({ name, what }) => [
            `      ${name}:`,
            `        description: ${quote(what)}`,
            '        required: true',
          ]),
        ]
      : []),
    '  workflow_dispatch:',
    '',
    ...permissionsAndTurn('deploy-guard-verify', answers),
    'jobs:',
    '  verify:',
    `    name: ${quote(`verify ${answers.environment}`)}`,
    ...job(),
    ...verifySteps(answers),
  ],
  plan: (answers) => [
    '# On each pull request: what rolling these STEPs back would change. Nothing is written.',
    '# The STEPs: variable DEPLOY_GUARD_STEPS of the repository, such as 19-22. The secret: a user that may only read.',
    'name: deploy-guard plan',
    '',
    'on:',
    '  pull_request:',
    '',
    'permissions: {}',
    '',
    'concurrency:',
    '  group: deploy-guard-plan-${{ github.event.pull_request.number }}',
    '  cancel-in-progress: true',
    '',
    'jobs:',
    '  plan:',
    '    name: plan',
    "    # A fork's pull request gets no secrets, and so no plan.",
    "    if: vars.DEPLOY_GUARD_STEPS != '' && github.event.pull_request.head.repo.full_name == github.repository",
    ...job({ permissions: ['pull-requests: write # to keep one comment with the plan'] }),
    '      - name: Plan the rollback',
    `        uses: ${answers.uses}`,
    '        with:',
    '          mode: rollback',
    '          operation: plan',
    '          steps: ${{ vars.DEPLOY_GUARD_STEPS }}',
    '          mongodb-uri: ${{ secrets.MONGODB_URI_READ_ONLY }}',
  ],
  rollback: (answers) => [
    'name: deploy-guard rollback',
    '',
    'on:',
    '  workflow_dispatch:',
    '    inputs:',
    '      operation:',
    '        description: What to do',
    '        type: choice',
    '        options: [plan, apply, resume, restore, status, history]',
    '        default: plan',
    ...dispatchInput('steps', 'STEPs to plan or apply: 19, 19,21, 19-22 or names'),
    ...dispatchInput('plan-digest', 'Apply only exactly this plan'),
    ...dispatchInput('confirm', 'The phrase that the plan prints'),
    ...dispatchInput('operation-id', 'Operation to resume or restore; the latest if empty'),
    '',
    ...permissionsAndTurn('deploy-guard-rollback', answers),
    'jobs:',
    '  rollback:',
    '    name: ${{ inputs.operation }}',
    '    # Required reviewers of this environment approve the run.',
    ...job({ environment: answers.environment, minutes: 60 }),
    '      - name: Roll back',
    '        id: rollback',
    `        uses: ${answers.uses}`,
    '        with:',
    '          mode: rollback',
    '          operation: ${{ inputs.operation }}',
    '          steps: ${{ inputs.steps }}',
    '          plan-digest: ${{ inputs.plan-digest }}',
    '          confirm: ${{ inputs.confirm }}',
    '          operation-id: ${{ inputs.operation-id }}',
    '          mongodb-uri: ${{ secrets.MONGODB_URI }}',
    ...(answers.channels.length > 0
      ? alertStep(
          answers,
          'rollback',
          'contains(fromJSON(\'["apply", "resume", "restore"]\'), inputs.operation)',
        )
      : []),
  ],
  health: (answers) => [
    'name: deploy-guard health',
    '',
    'on:',
    '  schedule:',
    "    - cron: '*/15 * * * *'",
    '  workflow_dispatch:',
    '',
    ...permissionsAndTurn('deploy-guard-health', answers),
    'jobs:',
    '  verify:',
    `    name: ${quote(`verify ${answers.environment}`)}`,
    ...job(),
    ...verifySteps(answers, [
      '          # If this does not answer either, the runner has no network: inconclusive, not a failure.',
      '          control-target: https://api.github.com/',
    ]),
  ],
};

function permissionsAndTurn(group: string, { environment }: Answers): string[] {
  return [
    'permissions: {}',
    '',
    'concurrency:',
    `  group: ${quote(`${group}-${environment}`)}`,
    '  cancel-in-progress: false',
    '',
  ];
}

function job(
  options: { environment?: string; minutes?: number; permissions?: readonly string[] } = {},
): string[] {
  return [
    '    runs-on: ubuntu-latest',
    `    timeout-minutes: ${options.minutes ?? 30}`,
    ...(options.environment === undefined ? [] : [`    environment: ${quote(options.environment)}`]),
    '    permissions:',
    '      contents: read # to read the guard file',
    ...(options.permissions ?? []).map((permission) => `      ${permission}`),
    '    steps:',
    `      - uses: ${CHECKOUT}`,
    '        with:',
    '          persist-credentials: false',
  ];
}

function verifySteps(answers: Answers, more: readonly string[] = []): string[] {
  return [
    '      - name: Verify deployment',
    '        id: verify',
    `        uses: ${answers.uses}`,
    '        with:',
    '          mode: verify',
    ...more,
    ...(answers.mongodb ? ['          mongodb-uri: ${{ secrets.MONGODB_URI }}'] : []),
    ...(answers.channels.length > 0 ? alertStep(answers, 'verify') : []),
  ];
}

/** Sends the alerts of a report. Their history is kept in MongoDB, or in a file that the workflow caches. */
function alertStep(answers: Answers, of: string, when?: string): string[] {
  const always = `always() && steps.${of}.outputs.report-path${when === undefined ? '' : ` && ${when}`}`;
  // A prefix must not be the beginning of another one; jobs of a matrix must not share a key.
  const key = `deploy-guard-state|\${{ github.workflow }}|`;
  const ownKey = `${key}\${{ github.run_id }}-\${{ github.run_attempt }}-\${{ strategy.job-index }}`;
  const cached = !answers.mongodb;
  return [
    ...(cached
      ? [
          '      - name: Restore the alert history',
          `        if: ${always}`,
          `        uses: ${RESTORE}`,
          '        with:',
          `          path: ${STATE_FILE}`,
          `          key: ${ownKey}`,
          `          restore-keys: ${key}`,
        ]
      : []),
    '      - name: Send alerts',
    `        if: ${always}`,
    `        uses: ${answers.uses}`,
    '        with:',
    '          mode: alert',
    `          from-report: \${{ steps.${of}.outputs.report-path }}`,
    ...(answers.channels.includes('slack')
      ? ['          slack-webhook-url: ${{ secrets.SLACK_WEBHOOK_URL }}']
      : []),
    ...(answers.channels.includes('email') ? ['          smtp-url: ${{ secrets.SMTP_URL }}'] : []),
    answers.mongodb
      ? '          mongodb-uri: ${{ secrets.MONGODB_URI }}'
      : `          state: file:${STATE_FILE}`,
    ...(cached
      ? [
          '      - name: Save the alert history',
          `        if: ${always}`,
          `        uses: ${SAVE}`,
          '        with:',
          `          path: ${STATE_FILE}`,
          `          key: ${ownKey}`,
        ]
      : []),
  ];
}

function dispatchInput(name: string, description: string): string[] {
  return [`      ${name}:`, `        description: ${quote(description)}`, '        type: string'];
}

/** As a YAML scalar: plain where that is safe. */
function quote(text: string): string {
  return /^[A-Za-z][\w ./-]*$/.test(text) && !/^(true|false|yes|no|on|off|null)$/i.test(text)
    ? text
    : JSON.stringify(text);
}

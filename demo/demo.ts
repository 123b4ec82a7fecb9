/**
 * `npm run demo`: one night with deploy-guard, on real parts. A shop over MongoDB is verified; a migration
 * breaks it; the gate turns red; people are told once; the migration's STEP is planned on a pull request,
 * applied, verified, and later restored. Each step runs the bundled action as GitHub starts it.
 * Exit code 0 only if every step found what it should.
 */
import type { Report } from '../src/report/schema.ts';
import { type ActionOptions, type ActionResult, runAction } from '../test/support/action.ts';
import { differences, exactCopy } from '../test/support/exact-copy.ts';
import { closingTable, faint, type StepResult, say, title, verdictLine } from './screen.ts';
import { runMigration, startWorld, type World } from './world.ts';

const ENVIRONMENT = 'production';
const results: StepResult[] = [];
const night = performance.now();
let lastRun: ActionResult | undefined;

const world = await startWorld();
process.once('SIGINT', () => void world.close().finally(() => process.exit(130)));
try {
  await story(world);
} finally {
  await world.close();
}

closingTable(results);
const failed = results.filter((result) => !result.ok).length;
const seconds = ((performance.now() - night) / 1_000).toFixed(1);
verdictLine(
  failed === 0,
  failed === 0
    ? `every step did what it should, in ${seconds} s`
    : `${failed} steps did not, in ${seconds} s`,
);
process.exitCode = failed === 0 ? 0 : 1;

async function story({ shop, db, slack, mail, orders }: World): Promise<void> {
  await step('verify the deployment', 'pass', async () => {
    const run = await verify(world);
    return [isGreen(run), describeVerify(run)];
  });

  title('A fault is put in: migration STEP 19 adds subscription_id to orders');
  say(`The release that runs (${shop.version}) cannot read the new field.`);
  const migrated = await runMigration(db);
  faint(`${migrated.toLocaleString('en-US')} orders migrated`);

  let red: ActionResult | undefined;
  await step('verify after the migration', 'fail, with the reason', async () => {
    red = await verify(world);
    return [red.outputs.verdict === 'fail' && red.exitCode === 1, describeVerify(red)];
  });
  const redReport = red?.report;

  await step('tell people', 'sent to Slack and by email, once', async () => {
    const run = await alert(world, redReport);
    const ok =
      run.outputs['alert-status'] === 'sent' &&
      slack.messages.length > 0 &&
      mail.messages.length > 0 &&
      run.exitCode === 0;
    for (const message of slack.messages) faint(`Slack  ${String(message.payload.text).split('\n')[0]}`);
    for (const message of mail.messages) faint(`email  ${message.parsed.subject} → ${message.to.join(', ')}`);
    return [
      ok,
      `${run.outputs['alert-status']}: ${slack.messages.length} Slack, ${mail.messages.length} email`,
    ];
  });
  const told = [slack.messages.length, mail.messages.length];

  await step('tell people again', 'suppressed, nothing more sent', async () => {
    const run = await alert(world, redReport);
    const same = slack.messages.length === told[0] && mail.messages.length === told[1];
    return [
      run.outputs['alert-status'] === 'suppressed' && same && run.exitCode === 0,
      `${run.outputs['alert-status']}`,
    ];
  });

  let digest = '';
  let confirm = '';
  const before = await exactCopy(orders);
  await step('plan the rollback on a pull request', `${migrated} orders, nothing written`, async () => {
    const run = await rollback(
      world,
      { operation: 'plan', steps: '19' },
      { name: 'pull_request', ref: 'refs/pull/7/merge' },
    );
    const report = run.report as Report;
    digest = run.outputs['plan-digest'] ?? '';
    confirm = report.rollback?.confirm ?? '';
    const unchanged = differences(before, await exactCopy(orders)).length === 0;
    for (const line of report.rollback?.steps[0]?.details?.slice(0, 4) ?? []) faint(line);
    faint(`digest ${digest}`);
    const planned = run.outputs['records-affected'] === String(migrated) && run.outputs['dry-run'] === 'true';
    return [
      planned && unchanged && digest.length === 64,
      `${run.outputs['records-affected']} orders, ${unchanged ? 'nothing written' : 'DATA CHANGED'}`,
    ];
  });

  let operation = '';
  await step('apply exactly this plan', `${migrated} orders changed`, async () => {
    const run = await rollback(world, {
      operation: 'apply',
      steps: '19',
      'plan-digest': digest,
      ...(confirm ? { confirm } : {}),
    });
    operation = run.outputs['operation-id'] ?? '';
    const left = await orders.countDocuments({ subscription_id: { $exists: true } });
    return [
      run.outputs['operation-state'] === 'succeeded' &&
        run.outputs['records-affected'] === String(migrated) &&
        left === 0,
      `${run.outputs['operation-state']}, ${run.outputs['records-affected']} changed, ${left} left`,
    ];
  });

  await step('verify after the rollback', 'pass', async () => {
    const run = await verify(world);
    return [isGreen(run), describeVerify(run)];
  });

  title('The next day: a release that can read the migrated orders');
  shop.version = '2.3.1';
  shop.knowsSubscriptionId = true;

  await step('restore what the rollback took', 'equal to the copy taken before', async () => {
    const run = await rollback(world, {
      operation: 'restore',
      'operation-id': operation,
      ...(confirm ? { confirm } : {}),
    });
    const equal = differences(before, await exactCopy(orders)).length === 0;
    return [
      run.outputs['operation-state'] === 'succeeded' && equal,
      `${run.outputs['records-affected']} restored, ${equal ? 'equal field by field' : 'NOT EQUAL'}`,
    ];
  });

  await step('verify the new release', 'pass', async () => {
    const run = await verify(world);
    return [isGreen(run), describeVerify(run)];
  });

  await step('say that it is over', 'resolved, told once', async () => {
    const run = await alert(world, (await verify(world)).report);
    return [
      run.outputs['alert-status'] === 'resolved' && slack.messages.length > (told[0] ?? 0),
      `${run.outputs['alert-status']}`,
    ];
  });
}

/** The bundled action, as GitHub starts it. */
async function action(options: ActionOptions): Promise<ActionResult> {
  lastRun = undefined;
  lastRun = await runAction(options);
  return lastRun;
}

/** Runs one step of the story, shows what it found, and keeps it for the closing table. */
async function step(
  name: string,
  expected: string,
  work: () => Promise<[ok: boolean, found: string]>,
): Promise<void> {
  title(name.charAt(0).toUpperCase() + name.slice(1));
  const started = performance.now();
  const [ok, found] = await work().catch((error: unknown): [boolean, string] => [false, String(error)]);
  const seconds = (performance.now() - started) / 1_000;
  results.push({ step: name, expected, found, ok, seconds });
  verdictLine(ok, `${found} (expected: ${expected})`);
  // What the action said itself, where the story went wrong.
  if (!ok && lastRun) faint(`${lastRun.stdout.replace(/^::add-mask::.*\n/gm, '')}${lastRun.stderr}`.trim());
}

function verify({ shop, uri, database }: World): Promise<ActionResult> {
  return action({
    inputs: {
      mode: 'verify',
      environment: ENVIRONMENT,
      targets: `health=${shop.url}/api/health\norders=${shop.url}/orders/recent`,
      'expected-version': '',
      thresholds: 'http_req_duration: p(95)<500ms\nhttp_req_failed: rate==0\nmongodb_up: rate==1',
      'mongodb-uri': uri,
      'mongodb-database': database,
      samples: 10,
      warmup: 2,
      interval: '50ms',
      'wait-timeout': '2s',
    },
  });
}

async function alert({ uri, database, slack, mail, folder }: World, report: unknown): Promise<ActionResult> {
  const path = await folder.write('verify-report.json', JSON.stringify(report));
  return action({
    inputs: {
      mode: 'alert',
      environment: ENVIRONMENT,
      'from-report': path,
      'mongodb-uri': uri,
      'mongodb-database': database,
      'slack-webhook-url': slack.webhookUrl,
      'smtp-url': mail.url,
      'email-from': 'deploy-guard@shop.example',
      'email-to': 'oncall@shop.example',
    },
  });
}

function rollback(
  { uri, database }: World,
  inputs: Record<string, string>,
  event: { name: string; ref: string } = { name: 'workflow_dispatch', ref: 'refs/heads/main' },
): Promise<ActionResult> {
  return action({
    inputs: {
      mode: 'rollback',
      environment: ENVIRONMENT,
      'mongodb-uri': uri,
      'mongodb-database': database,
      // Nobody asks GitHub here: the demo has no token and no network.
      'required-permission': 'none',
      ...inputs,
    },
    event,
  });
}

/** A pass, or a warning of nothing but the engine that the demo brought along. */
function isGreen(run: ActionResult): boolean {
  // An engine that was started for this demo names no limit of connections, and its oplog is seconds old.
  const young = ['mongodb_connections_used', 'mongodb_oplog_window'];
  const report = run.report as Report | undefined;
  const open = (report?.checks ?? []).filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skipped');
  return (
    run.exitCode === 0 &&
    open.every(({ verdict, metric }) => verdict === 'warn' && young.includes(metric)) &&
    ['pass', 'warn'].includes(run.outputs.verdict ?? '')
  );
}

function describeVerify(run: ActionResult): string {
  const report = run.report as Report | undefined;
  for (const check of report?.checks ?? []) {
    faint(`${check.verdict.padEnd(12)} ${check.target} ${check.metric}: ${check.reason}`);
  }
  const first = report?.checks.find((check) => check.verdict === 'fail');
  return first ? `${run.outputs.verdict}: ${first.target} ${first.reason}` : `${run.outputs.verdict}`;
}

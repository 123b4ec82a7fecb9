import { startHttpTarget } from '../support/http-target.ts';
import { type DiskFault, type GuardRun, killPoint, runGuard } from './guard.ts';
import { SECRETS, type World } from './world.ts';

const WORLDS = ['healthy', 'down', '503', 'hangs', 'old version', 'slow', 'falls', 'flaky'] as const;

/** A deployment that is well or not; the verdict must never be `pass` where it is not. */
export async function verifyRound(world: World): Promise<void> {
  const { chance } = world;
  const state = chance.percent(35) ? 'healthy' : chance.pick(WORLDS);
  const target = await startHttpTarget({ behaviour: { version: '2.0.0' } });
  world.onClose(() => target.close());
  const link = await world.link({
    name: 'http',
    port: target.port,
    tls: chance.percent(40),
    spoilAnswers: true,
  });
  const withMongo = chance.percent(40);
  const mongo = withMongo ? await world.mongoLink() : undefined;
  const mongoDown = mongo !== undefined && chance.percent(20);
  if (state === '503') target.behaviour.status = 503;
  if (state === 'hangs') target.behaviour.fault = 'hang';
  if (state === 'old version') target.behaviour.version = '1.9.0';
  if (state === 'slow') target.behaviour.delayMs = 1_800;
  if (state === 'flaky') target.behaviour.failShare = 0.5;
  const refuseAll = (connection: number) => ({
    kind: 'refuse' as const,
    connection,
    direction: 'up' as const,
    at: 0,
    bytes: 1,
    ms: 0,
    seed: 0,
  });
  const refusals = Array.from({ length: 400 }, (_, connection) => refuseAll(connection));
  const faults = chance.percent(70) ? chance.between(1, 4) : 0;
  if (faults > 0) {
    link.arm(chance, faults);
    mongo?.link.arm(chance, chance.between(0, 3));
  }
  if (state === 'down') link.proxy.faults = refusals;
  if (mongoDown && mongo) mongo.link.proxy.faults = refusals;
  if (state === 'falls') {
    // Well until it is measured, and not from then on.
    const watch = setInterval(() => {
      if (target.requests.length >= 4) target.behaviour.status = 503;
    }, 1);
    world.onClose(async () => clearInterval(watch));
  }
  const jumps = chance.percent(30);
  if (jumps) world.count('clock jump');
  const disk = chance.percent(15)
    ? chance.pick<DiskFault>(['limit-0', 'limit-1k', 'report', 'summary', 'device'])
    : undefined;
  const kill = chance.percent(20) ? killPoint(chance, ['http']) : undefined;
  const runners = chance.percent(15) ? 2 : 1;
  if (runners === 2) world.count('two runners');
  world.title = `verify ${state}${mongoDown ? ', MongoDB down' : ''}, ${faults} faults${jumps ? ', clock jumps' : ''}${disk ? `, disk ${disk}` : ''}${kill ? `, ${kill.signal}` : ''}${runners === 2 ? ', two runners' : ''}`;

  const runs = await Promise.all(
    Array.from({ length: runners }, (_, index) =>
      runGuard(world, {
        label: `verify ${index + 1}`,
        limitMs: 60_000,
        inputs: {
          mode: 'verify',
          targets: `api=${link.tls ? 'https' : 'http'}://${link.host}/health`,
          'expected-version': '2.0.0',
          'bearer-token': SECRETS.bearer,
          headers: `X-Key: ${SECRETS.header}`,
          thresholds: 'http_req_failed: rate<0.1\nhttp_req_duration: med<1500ms',
          samples: state === 'slow' ? '3' : '6',
          warmup: '1',
          interval: '20ms',
          // Long enough for a machine that has other things to do.
          timeout: state === 'hangs' ? '1s' : '6s',
          'wait-timeout': state === 'healthy' ? '15s' : '2s',
          ...(mongo ? { 'mongodb-uri': mongo.uri, 'mongodb-database': world.database } : {}),
        },
        kill: index === 0 ? kill : undefined,
        disk: index === 0 ? disk : undefined,
        clock: jumps ? jumpsOf(world) : [],
      }),
    ),
  );
  const wrong = state !== 'healthy' || mongoDown;
  const undisturbed = !wrong && faults === 0;
  for (const [index, run] of runs.entries()) {
    if (run.killed) world.count(run.killed);
    judge(world, run, wrong, undisturbed && !(index === 0 && (kill || disk)));
  }
}

function judge(
  world: World,
  { result, report, killed }: GuardRun,
  wrong: boolean,
  undisturbed: boolean,
): void {
  if (result === undefined) return;
  const verdict = report?.verdict ?? result.outputs.verdict;
  if (wrong && (verdict === 'pass' || verdict === 'warn' || result.exitCode === 0)) {
    world.breach(`the verdict was ${verdict}, exit code ${result.exitCode}, in a world that was wrong`);
  }
  if (undisturbed && result.exitCode !== 0) {
    world.breach(`failed in a world where nothing was wrong: ${result.stdout.slice(-1_500)}`);
  }
  if (report === undefined || killed) return;
  const silent = report.checks.filter(({ verdict: one, reason }) => one !== 'pass' && reason.trim() === '');
  if (silent.length > 0) world.breach(`checks without a reason: ${silent.map(({ id }) => id).join(', ')}`);
  if (report.verdict !== 'pass' && report.checks.length === 0 && !report.cause) {
    world.breach(`the verdict ${report.verdict} has neither a check nor a cause`);
  }
}

/** Forward and back, up to two days, while it runs. */
export function jumpsOf({ chance }: World, mostMs = 48 * 3_600_000): (readonly [number, number])[] {
  const count = chance.between(1, 3);
  return Array.from({ length: count }, () => {
    const by = chance.magnitude(1_000, mostMs) * (chance.percent(50) ? 1 : -1);
    return [chance.between(0, 1_500), by] as const;
  }).sort(([a], [b]) => a - b);
}

import { startGithubServer } from '../support/github-server.ts';
import { seedDatabase } from '../support/seed-data.ts';
import { AuditWatch } from './audit-watch.ts';
import { type DiskFault, type GuardOptions, type GuardRun, killPoint, runGuard } from './guard.ts';
import { neitherStage, ORACLE_STEPS, readShop, rolledBackBy, type Shop, shopDifferences } from './oracle.ts';
import { jumpsOf } from './verify-round.ts';
import type { World } from './world.ts';

/** STEPs of high or critical risk ask for the phrase. */
const RISKY = new Set(['21', '23', '30']);
const LIMIT_MS = 90_000;

interface Open {
  _id: string;
  kind: 'apply' | 'restore';
  state: string;
  restoredBy: string | null;
  steps: { state: string }[];
}

/** Of two runners at once the second may find nothing left to do: that one is nobody's to restore. */
function changedSomething({ kind, steps }: Open): boolean {
  return kind === 'apply' && steps.some(({ state }) => state !== 'pending' && state !== 'skipped');
}

/** STEPs rolled back and restored under faults; at each end the data is what an oracle says. */
export async function rollbackRound(world: World): Promise<void> {
  const { chance } = world;
  const db = world.client.db(world.database);
  await seedDatabase(db, { orders: chance.between(30, 160), seed: world.seed });
  const before = await readShop(db);
  const steps = chance
    .some(ORACLE_STEPS)
    .slice(-3)
    .sort((a, b) => Number(b) - Number(a));
  const stages = rolledBackBy(before, steps);
  const { uri } = await world.mongoLink();
  const asksGithub = chance.percent(25);
  const github = asksGithub ? await startGithubServer() : undefined;
  if (github) world.onClose(() => github.close());
  const api = github
    ? await world.link({
        name: 'github',
        port: Number(new URL(github.url).port),
        tls: chance.percent(50),
        spoilAnswers: false,
      })
    : undefined;
  if (github) world.secret(github.token);
  const twoRunners = chance.percent(25);
  const jumps = chance.percent(25);
  const phrase = `roll back ${steps.join(' ')} in production`;
  const inputs: Record<string, string> = {
    mode: 'rollback',
    'mongodb-uri': uri,
    'mongodb-database': world.database,
    'state-database': world.stateDatabase,
    'batch-size': String(chance.between(4, 60)),
    'max-duration': '5m',
    ...(github
      ? { 'github-token': github.token, 'required-permission': 'admin' }
      : { 'required-permission': 'none' }),
  };
  const env: Record<string, string> = {};
  if (api) env.GITHUB_API_URL = `${api.tls ? 'https' : 'http'}://${api.host}`;
  const watch = new AuditWatch(world);

  const operations = () =>
    world.client
      .db(world.stateDatabase)
      .collection<Open>('rollback_operations')
      .find()
      .sort({ startedAt: 1, _id: 1 })
      .toArray();
  let applied: string | undefined;
  /** What a person would run now to bring the operation to its end; undefined where it is there. */
  const next = async (kind: Open['kind']): Promise<Record<string, string> | undefined> => {
    const all = await operations();
    // One of two runners may have restored it whole while the other was cut short.
    if (kind === 'restore' && all.find(({ _id }) => _id === applied)?.restoredBy) return undefined;
    const latest = all.filter((operation) => operation.kind === kind).at(-1);
    if (latest?.state === 'succeeded') return undefined;
    if (latest) return { operation: 'resume', 'operation-id': latest._id };
    if (kind === 'restore') return { operation: 'restore', 'operation-id': applied ?? '' };
    return {
      operation: 'apply',
      steps: steps.join(','),
      ...(steps.some((step) => RISKY.has(step)) ? { confirm: phrase } : {}),
    };
  };
  const run = async (label: string, wanted: Record<string, string>, over: Partial<GuardOptions> = {}) => {
    const found = await runGuard(world, {
      label: `${label} (${wanted.operation})`,
      inputs: { ...inputs, ...wanted },
      env,
      limitMs: LIMIT_MS,
      ...over,
    });
    if (found.killed) world.count(found.killed);
    return found;
  };

  const disturbed = async (kind: Open['kind'], label: string) => {
    const wanted = await next(kind);
    if (wanted === undefined) return;
    world.links[0]?.arm(chance, chance.between(1, 6));
    if (api && chance.percent(40)) api.arm(chance, 1);
    const jumping = jumps && chance.percent(60);
    if (jumping) world.count('clock jump');
    const disk = chance.percent(10)
      ? chance.pick<DiskFault>(['limit-0', 'limit-1k', 'report', 'summary'])
      : undefined;
    const kill = chance.percent(55) ? killPoint(chance, ['mongodb']) : undefined;
    if (twoRunners) world.count('two runners');
    const runs = await Promise.all(
      Array.from({ length: twoRunners ? 2 : 1 }, (_, index) =>
        run(`${label}, runner ${index + 1}`, wanted, {
          kill: index === 0 ? kill : undefined,
          disk: index === 0 ? disk : undefined,
          ...(jumping ? { clock: jumpsOf(world, 3_600_000) } : {}),
        }),
      ),
    );
    await afterRuns(kind, runs);
  };
  const afterRuns = async (kind: Open['kind'], runs: readonly GuardRun[]) => {
    const shop = await readShop(db);
    for (const text of neitherStage(stages, shop).slice(0, 3))
      world.breach(`neither before nor after: ${text}`);
    for (const { result, report, diskFull } of runs) {
      if (result?.exitCode !== 0 || diskFull) continue;
      if (report?.rollback?.state !== 'succeeded') {
        world.breach(`exit code 0 with the operation ${report?.rollback?.state}`);
      }
      compare(kind, shop, 'a run succeeded');
    }
    await watch.look(runs);
    await expireLease(world);
  };
  const compare = (kind: Open['kind'], shop: Shop, when: string) => {
    const wanted = kind === 'apply' ? stages.at(-1) : before;
    for (const text of shopDifferences(wanted ?? before, shop).slice(0, 3)) {
      world.breach(`${when}, and after ${kind} the data is wrong: ${text}`);
    }
  };
  const inPeace = async (kind: Open['kind']) => {
    world.calm();
    for (let tries = 1; tries <= 2; tries++) {
      const wanted = await next(kind);
      if (wanted === undefined) break;
      const last = await run(`the last ${kind}`, wanted);
      // A machine that stands still for half a minute costs a run its lease: then once more.
      const lost = tries === 1 && /the lease on .* is lost: it ran out/.test(last.result?.stdout ?? '');
      if (last.result?.exitCode !== 0 && !lost) {
        world.breach(`could not be brought to its end: ${last.result?.stdout.slice(-2_500)}`);
      }
      await afterRuns(kind, [last]);
    }
    if ((await next(kind)) !== undefined) world.breach(`the ${kind} has not ended`);
    compare(kind, await readShop(db), 'all is done');
  };

  const [applies, restores] = chance.pick([
    [2, 0],
    [1, 1],
    [1, 0],
    [0, 2],
  ] as const);
  world.title = `rollback of ${steps.join(',')}, ${applies}+${restores} disturbed runs${twoRunners ? ', two at once' : ''}${jumps ? ', clock jumps' : ''}${asksGithub ? ', permission asked' : ''}`;
  for (let count = 1; count <= applies; count++) await disturbed('apply', `apply ${count}`);
  await inPeace('apply');
  applied = (await operations()).filter(changedSomething).at(-1)?._id;
  if (world.breaches.length > 0) return;
  for (let count = 1; count <= restores; count++) await disturbed('restore', `restore ${count}`);
  await inPeace('restore');
  await watch.atEnd();
}

/** A killed run cannot give its lease back; its time to live passes here at once. */
async function expireLease(world: World): Promise<void> {
  await world.client
    .db(world.stateDatabase)
    .collection('leases')
    .updateMany({}, { $set: { expiresAt: new Date(0) } });
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ALERT_TIMING } from '../../src/alert/model/options.ts';
import { type Arrived, CHANNELS, type ChannelPart, openChannel } from './channels.ts';
import { type DiskFault, type GuardOptions, type GuardRun, killPoint, runGuard } from './guard.ts';
import { jumpsOf } from './verify-round.ts';
import type { World } from './world.ts';

/** Longer than a claim lasts: the next run comes when the one that died is not waited for any more. */
const BETWEEN_RUNS_MS = 120_000;
/** Deliveries may take a minute, the state some seconds before and after. */
const LIMIT_MS = 110_000;

/** What happened in a round, as far as it excuses a message that came twice. */
interface Excuses {
  killed: boolean;
  /** the memory could not be written or read in some run, or might not have been */
  memory: boolean;
  jumped: boolean;
  /** runs so far */
  runs: number;
}

/** One alert by some channels, under faults, then in peace: each channel has it, and has it once. */
export async function alertRound(world: World): Promise<void> {
  const { chance } = world;
  const kinds = chance.some(CHANNELS).slice(0, 3);
  // A run has one way into Slack.
  const chosen = kinds.filter((kind) => kind !== 'slack webhook' || !kinds.includes('slack token'));
  const channels = await Promise.all(chosen.map((kind) => openChannel(world, kind)));
  const stateFile = join(world.folder, 'state.json');
  const mongo = chance.percent(50) ? await world.mongoLink() : undefined;
  const inputs: Record<string, string> = {
    mode: 'alert',
    'alert-type': 'high-error-rate',
    title: 'Too many errors',
    source: 'api',
    channels: [...new Set(channels.map(({ name }) => name)), 'log'].join(','),
    'repeat-interval': '400h',
    state: mongo ? 'mongodb' : `file:${stateFile}`,
    ...(mongo
      ? {
          'mongodb-uri': mongo.uri,
          'mongodb-database': world.database,
          'state-database': world.stateDatabase,
        }
      : {}),
  };
  const env: Record<string, string> = {};
  for (const channel of channels) {
    Object.assign(inputs, channel.inputs);
    Object.assign(env, channel.env);
  }
  const excuses: Excuses = { killed: false, memory: false, jumped: false, runs: 0 };
  const faulty = chance.between(1, 2);
  const jumps = chance.percent(25);
  const twoRunners = chance.percent(30);
  const resolves = chance.percent(30);
  world.title = `alert by ${chosen.join(', ')}, state ${mongo ? 'mongodb' : 'file'}, ${faulty} runs${twoRunners ? ', two at once' : ''}${jumps ? ', clock jumps' : ''}${resolves ? ', then resolved' : ''}`;

  let offset = 0;
  const start = (label: string, over: Partial<GuardOptions> & { resolve?: boolean } = {}) => {
    excuses.runs += 1;
    const { resolve, inputs: more, ...rest } = over;
    return runGuard(world, {
      label,
      inputs: { ...inputs, ...(resolve ? { resolve: 'true' } : {}), ...more },
      env,
      // Who comes second waits for the first one's claim, whose sender may be dead.
      limitMs: LIMIT_MS + (twoRunners ? ALERT_TIMING.claimMs : 0),
      ...rest,
      clock: (rest.clock ?? [[0, 0]]).map(([at, by]) => [at, by + offset] as const),
    });
  };

  const disturbed = async (resolve: boolean) => {
    const kind = resolve ? 'resolved' : 'firing';
    const jumping = jumps && chance.percent(70);
    if (jumping) {
      world.count('clock jump');
      excuses.jumped = true;
    }
    for (const { link } of channels) if (chance.percent(75)) link.arm(chance, chance.between(1, 3));
    if (mongo && chance.percent(50)) mongo.link.arm(chance, chance.between(1, 4));
    if ((mongo?.link.proxy.faults.length ?? 0) > 0) excuses.memory = true;
    const disk = chance.percent(15)
      ? chance.pick<DiskFault>(['limit-0', 'limit-1k', 'report', 'summary', 'state', 'device'])
      : undefined;
    if (disk !== undefined && /limit|state/.test(disk)) excuses.memory = true;
    const kill = chance.percent(35)
      ? killPoint(
          chance,
          world.links.map(({ name }) => name),
        )
      : undefined;
    const runs = await Promise.all(
      Array.from({ length: twoRunners ? 2 : 1 }, (_, index) =>
        start(`${kind} ${excuses.runs + 1}`, {
          resolve,
          ...(jumping ? { clock: jumpsOf(world, 3_600_000) } : {}),
          kill: index === 0 ? kill : undefined,
          disk: index === 0 ? disk : undefined,
        }),
      ),
    );
    if (twoRunners) world.count('two runners');
    for (const run of runs) {
      if (run.killed) {
        world.count(run.killed);
        excuses.killed = true;
      }
      checkRun(world, channels, run, kind);
    }
    offset += BETWEEN_RUNS_MS;
  };
  const undisturbed = async (resolve: boolean) => {
    const kind = resolve ? 'resolved' : 'firing';
    world.calm();
    // The second of two: what the first one undelivered is notified, and what was notified is not notified again.
    for (const label of [`last ${kind}`, `after the last ${kind}`]) {
      const run = await start(label, { resolve });
      if (run.result?.exitCode !== 0) {
        world.breach(`${label}: failed with nothing in its way: ${run.result?.stdout.slice(-1_500)}`);
      }
      checkRun(world, channels, run, kind);
      offset += BETWEEN_RUNS_MS;
      if (label.startsWith('last')) checkArrived(world, channels, kind, excuses);
    }
    checkArrived(world, channels, kind, excuses);
  };

  for (let run = 0; run < faulty; run++) await disturbed(false);
  await undisturbed(false);
  if (resolves) {
    if (chance.percent(60)) await disturbed(true);
    await undisturbed(true);
  }
  for (const channel of channels) world.searchFor(`sent by ${channel.name}`, channel.everything());
  world.searchFor(
    'the state',
    mongo ? JSON.stringify(await storedState(world)) : await readFile(stateFile, 'utf8'),
  );
}

/** What one run says must be so: sent is arrived, not arrived is red. */
function checkRun(
  world: World,
  channels: readonly ChannelPart[],
  run: GuardRun,
  kind: Arrived['kind'],
): void {
  const { result, report, killed } = run;
  if (result === undefined || report === undefined) return;
  for (const alert of report.alerts) {
    for (const delivery of alert.channels) {
      if (delivery.status === 'failed' && result.exitCode === 0) {
        world.breach(`${delivery.name} failed (${delivery.error}) and the step is green`);
      }
      if (delivery.status === 'failed' && !delivery.error)
        world.breach(`${delivery.name} failed without a reason`);
      const channel = channels.find(({ name }) => name === delivery.name);
      if (channel === undefined || delivery.status !== 'delivered') continue;
      if (!channel.arrived().some((message) => message.kind === kind)) {
        world.breach(`${delivery.name} is said to be delivered, and nothing has arrived`);
      }
    }
    if (alert.status === 'failed' && result.exitCode === 0 && !killed) {
      world.breach('the alert reached nobody and the step is green');
    }
  }
}

/**
 * Each channel has the message; by its mark it is one; and it came once where the guard could know that it
 * was delivered: no fault on the channel's link or on the memory, no kill. A clock that went back behind the
 * last telling has the policy tell again, under a mark of its own.
 */
function checkArrived(
  world: World,
  channels: readonly ChannelPart[],
  kind: Arrived['kind'],
  excuses: Excuses,
): void {
  for (const channel of channels) {
    const messages = channel.arrived().filter((message) => message.kind === kind);
    const marks = new Set(messages.map(({ mark }) => mark));
    const notified = `${channel.name}: ${messages.length} ${kind}, marks ${[...marks].join(' | ')}`;
    if (messages.length === 0) world.breach(`lost: ${notified}`);
    if (marks.size > 1 && !excuses.jumped) world.breach(`notified under several marks: ${notified}`);
    const uncertain = excuses.killed || excuses.memory || channel.link.proxy.injected.length > 0;
    if (messages.length > 1 && !uncertain && !excuses.jumped) world.breach(`notified twice: ${notified}`);
    if (messages.length > 1 + 5 * excuses.runs) world.breach(`notified far too often: ${notified}`);
  }
}

async function storedState(world: World): Promise<unknown> {
  return world.client.db(world.stateDatabase).collection('alert_history').find().toArray();
}

import fc from 'fast-check';
import { Timestamp } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { lastingLag, oplogWindow, readReplication } from '../../../../src/verify/mongodb/replication.ts';
import { replicationOf, type ShardMember } from '../../../../src/verify/mongodb/sharded.ts';
import { ago, ask, healthy, replSetStatus, server } from './builders.ts';

/** What a server leaves out, or says otherwise than mongod, is not read as zero. */

describe('replication lag', () => {
  test('is what the slowest secondary is behind, never negative', () => {
    const reading = readReplication(replSetStatus(3, -2));
    expect([...reading.lag]).toEqual([
      ['b:27017', 3],
      ['c:27017', 0],
    ]);
    expect(lastingLag([reading])).toEqual({ member: 'b:27017', seconds: 3 });
  });

  test('of an idle set whose first write was just now does not last', () => {
    const spike = readReplication(replSetStatus(600));
    const after = readReplication(replSetStatus(0));
    expect(lastingLag([spike, after])).toEqual({ member: 'b:27017', seconds: 0 });
  });

  test('that lasts is told though another member has a spike', () => {
    const readings = [replSetStatus(30, 600), replSetStatus(32, 0)].map(readReplication);
    expect(lastingLag(readings)).toEqual({ member: 'b:27017', seconds: 30 });
  });

  test('does not count arbiters, members in initial sync or dead ones; those are unhealthy', () => {
    const reading = readReplication(
      replSetStatus(
        { state: 7, stateStr: 'ARBITER' },
        { state: 5, stateStr: 'STARTUP2', optimeDate: ago(9_999) },
        { state: 8, stateStr: '(not reachable/healthy)', health: 0, optimeDate: new Date(0) },
        { state: 3, stateStr: 'RECOVERING', optimeDate: ago(9_999) },
      ),
    );
    expect(reading.lag.size).toBe(0);
    expect(reading.unhealthy).toEqual(['d:27017 ((not reachable/healthy))', 'e:27017 (RECOVERING)']);
  });

  test('is the least of the readings of a member, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000), { minLength: 1, maxLength: 5 }), (list) => {
        const readings = list.map((seconds) => readReplication(replSetStatus(seconds)));
        expect(lastingLag(readings)?.seconds).toBe(Math.min(...list));
      }),
    );
  });

  test('the oplog covers the time between its ends', () => {
    const entry = (t: number) => ({ ts: new Timestamp({ t, i: 1 }) });
    expect(oplogWindow(entry(1_700_000_000), entry(1_700_007_200))).toBe(7_200);
    expect(() => oplogWindow(undefined, undefined)).toThrow('no oplog');
  });
});

describe('replication', () => {
  test('lag that lasts over three readings is told, with the member', async () => {
    let asked = 0;
    const { values } = await ask(
      server({ ...healthy, replSetGetStatus: () => replSetStatus(...([[60], [45], [50]][asked++] ?? [0])) }),
    );
    expect(asked).toBe(3);
    expect(values.get('mongodb_replication_lag')).toEqual({ value: 45, unit: 's', detail: 'b:27017' });
  });

  test('without any lag no member is named', async () => {
    const { values } = await ask(server({ ...healthy, replSetGetStatus: () => replSetStatus(0) }));
    expect(values.get('mongodb_replication_lag')).toEqual({ value: 0, unit: 's' });
  });

  test('a member that only the last reading knows is behind by what that says', () => {
    const readings = [replSetStatus(0), replSetStatus(0, 90)].map(readReplication);
    expect(lastingLag(readings)).toEqual({ member: 'c:27017', seconds: 90 });
  });

  test('a state without a name is told by its number', () => {
    const status = replSetStatus({ state: 3, stateStr: undefined });
    expect(readReplication(status).unhealthy).toEqual(['b:27017 (3)']);
  });

  test('a member of a shard in no state to serve is unhealthy, by that state', () => {
    const members: ShardMember[] = [
      { name: 'a:1', state: 'primary' },
      { name: 'b:1', state: 'other' },
      { name: 'c:1', state: 'unreachable', error: 'refused' },
    ];
    expect(replicationOf('s0', members).unhealthy).toEqual(['s0 b:1 (other)', 's0 c:1 (refused)']);
  });
});

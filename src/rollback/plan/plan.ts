import type { Db } from 'mongodb';
import { type CollectionFacts, collectionFacts } from '../mongo/collections.ts';
import type { Retry } from '../mongo/retry.ts';
import { scan } from '../mongo/scan.ts';
import type { ServerFacts } from '../mongo/server.ts';
import { expand } from '../reversals/expand.ts';
import type { DocumentUnit, SpecUnit, Unit } from '../reversals/unit.ts';
import { specKind } from '../specs/spec.ts';
import type { StepDefinition } from '../steps/catalogue.ts';
import { sha256Hex } from './canonical.ts';
import { contentOf, digestOf, type PlanContent } from './digest.ts';
import { mapsTwice, referencesLeft } from './references.ts';

/** Journal, audit and the like: no STEP touches them. */
const OWN_COLLECTIONS: ReadonlySet<string> = new Set([
  'rollback_operations',
  'rollback_journal',
  'rollback_audit',
  'leases',
  'alert_history',
  'baselines',
]);

export interface UnitPlan {
  readonly unit: Unit;
  readonly facts: CollectionFacts;
  /** Documents that would change; 1 for a specification. */
  readonly matched: number;
  /** Why it must not be done. */
  readonly blocked?: string;
  /** Why there is nothing to do. */
  readonly nothing?: string;
  /** A specification, before and after. */
  readonly change?: {
    readonly before: string;
    readonly after: string;
    readonly digest: string;
    /** What goes with it, in words. */
    readonly loss: string;
  };
}

export interface StepPlan {
  readonly definition: StepDefinition;
  readonly units: readonly UnitPlan[];
  readonly matched: number;
}

export interface Plan {
  readonly steps: readonly StepPlan[];
  readonly digest: string;
  /** What the digest is made of, part by part, so that a stale plan can say what changed. */
  readonly content: PlanContent;
}

export interface PlanPorts {
  readonly db: Db;
  /** Where this guard keeps its own collections. */
  readonly stateDatabase: string;
  readonly facts: ServerFacts;
  readonly retry: Retry;
}

/** Works out what would change. Reads only: works with a user who may do no more. */
export async function makePlan(ports: PlanPorts, definitions: readonly StepDefinition[]): Promise<Plan> {
  const steps: StepPlan[] = [];
  for (const definition of definitions) {
    const units: UnitPlan[] = [];
    for (const unit of expand(definition.reversals)) units.push(await planUnit(ports, unit));
    steps.push({ definition, units, matched: units.reduce((sum, unit) => sum + unit.matched, 0) });
  }
  const { databaseName, client } = ports.db;
  const database = {
    name: databaseName,
    hosts: client.options.hosts.map(String),
    replicaSet: ports.facts.replicaSet,
  };
  const content = contentOf(database, steps);
  return { steps, content, digest: digestOf(content) };
}

async function planUnit(ports: PlanPorts, unit: Unit): Promise<UnitPlan> {
  const facts = await ports.retry(`read ${unit.collection}`, () =>
    collectionFacts(ports.db, unit.collection),
  );
  if (ports.stateDatabase === ports.db.databaseName && OWN_COLLECTIONS.has(unit.collection)) {
    return { unit, facts, matched: 0, blocked: `${unit.collection} belongs to this guard itself` };
  }
  return unit.kind === 'documents' ? planDocuments(ports, unit, facts) : planSpec(ports, unit, facts);
}

async function planDocuments(
  ports: PlanPorts,
  unit: DocumentUnit,
  facts: CollectionFacts,
): Promise<UnitPlan> {
  if (!facts.exists)
    return { unit, facts, matched: 0, nothing: `the collection ${unit.collection} does not exist` };
  if (facts.unfit) return { unit, facts, matched: 0, blocked: facts.unfit };
  const sharded = unit.fields.filter((field) => facts.shardKey.some((key) => key.split('.')[0] === field));
  if (sharded.length > 0) {
    return {
      unit,
      facts,
      matched: 0,
      blocked: `${sharded.join(', ')} is part of the shard key of ${unit.collection}; changing it would move documents`,
    };
  }
  const { lookup } = unit;
  if (lookup && (await ports.retry(`read ${lookup.collection}`, () => mapsTwice(ports.db, lookup)))) {
    return {
      unit,
      facts,
      matched: 0,
      blocked: `${lookup.collection}.${lookup.to} holds a value that ${lookup.collection}.${lookup.from} maps further, so what is done cannot be told from what is not`,
    };
  }
  const matched = await countLeft(ports, unit);
  return matched === 0
    ? { unit, facts, matched, nothing: `no document of ${unit.collection} is left to change` }
    : { unit, facts, matched };
}

async function planSpec(ports: PlanPorts, unit: SpecUnit, facts: CollectionFacts): Promise<UnitPlan> {
  const impossible = specImpossible(unit, facts);
  if (impossible) return { unit, facts, matched: 0, blocked: impossible };
  const kind = specKind(unit);
  const current = await ports.retry(`read ${unit.collection}`, () => kind.read(ports.db));
  const target = kind.target(current);
  if ('nothing' in target) return { unit, facts, matched: 0, nothing: target.nothing };
  if ('blocked' in target) return { unit, facts, matched: 0, blocked: target.blocked };
  const { before, after } = target.change;
  return {
    unit,
    facts,
    matched: 1,
    change: {
      before: kind.show(before),
      after: kind.show(after),
      digest: sha256Hex(before?.bytes ?? new Uint8Array()),
      loss: kind.loss?.(before) ?? '',
    },
  };
}

/** Why a specification cannot be changed on what stands under the name. Pure. */
export function specImpossible(unit: SpecUnit, { type }: Pick<CollectionFacts, 'type'>): string | undefined {
  const { collection, change } = unit;
  if (type === 'view') {
    const what = {
      'drop-index': 'has no indexes',
      'edit-validator': 'has no validator',
      'rename-collection': 'cannot be renamed',
    };
    return `${collection} is a view, which ${what[change.kind]}`;
  }
  if (type !== 'timeseries' || change.kind === 'drop-index') return undefined;
  return `${collection} is a time series, which ${change.kind === 'edit-validator' ? 'has no validator' : 'cannot be renamed'}`;
}

/** Only read, so more at once than are written at once. */
const COUNTED_AT_ONCE = 5_000;

/** How many documents a unit has left to change. */
export async function countLeft(ports: Pick<PlanPorts, 'db' | 'retry'>, unit: DocumentUnit): Promise<number> {
  if (unit.lookup === undefined) {
    return ports.retry(`count ${unit.collection}`, () =>
      ports.db.collection(unit.collection).countDocuments(unit.filter),
    );
  }
  // Whether a reference has an old value is known only by looking it up.
  if ((await ports.retry(`look ${unit.collection} up`, () => referencesLeft(ports.db, unit))) === false)
    return 0;
  let count = 0;
  const batches = scan(ports.db, unit, {
    batchSize: () => COUNTED_AT_ONCE,
    firstNumber: 1,
    retry: ports.retry,
  });
  for await (const batch of batches) count += batch.items.length + batch.refused.length;
  return count;
}

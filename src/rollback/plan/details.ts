import type { Db, Document } from 'mongodb';
import { formatDuration } from '../../support/duration.ts';
import { bytesInWords } from '../../support/format.ts';
import { driverValue } from '../bson/driver-value.ts';
import { rawOf } from '../bson/raw.ts';
import type { Bench } from '../commands/with-operation.ts';
import { uniqueIndexes } from '../mongo/collections.ts';
import { scan } from '../mongo/scan.ts';
import { showId } from '../reversals/batch.ts';
import type { DocumentUnit } from '../reversals/unit.ts';
import { mentions } from '../specs/validator-rules.ts';
import { stateProblems } from '../store/fitness.ts';
import { heldMessage, isTaken, LEASES, type LeaseRecord, leaseKey } from '../store/lease.ts';
import { impactOf } from './impact.ts';
import { showValue } from './mask.ts';
import type { Plan, StepPlan, UnitPlan } from './plan.ts';
import { isIndexed } from './references.ts';

/** What a plan shows beside what it would do. */
export interface StepDetails {
  readonly impact: string;
  readonly lines: readonly string[];
}

/** Documents that are read to estimate size and time, and those that are shown. */
const MEASURED = 200;
const SHOWN = 3;
/** A document is read, journalled, written and counted again; writes cost more than reads. */
const WORK_FACTOR = 6;

/** Samples, sizes, times and business impact of each STEP. Reads only. */
export async function detailsOf(bench: Bench, plan: Plan): Promise<StepDetails[]> {
  const details: StepDetails[] = [];
  for (const step of plan.steps) {
    const found = await stepDetails(bench, step);
    const origin = bench.options.origins?.[step.definition.step];
    details.push(
      origin === undefined
        ? found
        : { impact: withEffect(step.definition.effect, found.impact), lines: [origin, ...found.lines] },
    );
  }
  return details;
}

/** Of a STEP that the guard file declares or changes the effect is always said: its name may say something else. */
function withEffect(effect: string, impact: string): string {
  return impact === effect ? impact : `${effect} ${impact}`;
}

async function stepDetails(bench: Bench, step: StepPlan): Promise<StepDetails> {
  const { definition, units } = step;
  const lines: string[] = [];
  let journalBytes = 0;
  let durationMs = 0;
  for (const unit of units) {
    const found = await unitDetails(bench, unit);
    lines.push(...found.lines);
    journalBytes += found.journalBytes;
    durationMs += found.durationMs;
  }
  if (journalBytes > 0) {
    lines.push(`journal: about ${bytesInWords(journalBytes)}; duration: about ${formatDuration(durationMs)}`);
  }
  const business =
    definition.impact && step.matched > 0 ? await impactOf(bench.ports.db, definition.impact) : undefined;
  const losses = units.map((unit) => unit.change?.loss);
  const impact = [business, ...losses, definition.cost].filter(Boolean).join('; ');
  return { impact: impact || definition.effect, lines };
}

async function unitDetails(
  bench: Bench,
  plan: UnitPlan,
): Promise<{ lines: string[]; journalBytes: number; durationMs: number }> {
  const { unit } = plan;
  if (plan.blocked) return { lines: [`cannot be done: ${plan.blocked}`], journalBytes: 0, durationMs: 0 };
  if (plan.nothing) return { lines: [plan.nothing], journalBytes: 0, durationMs: 0 };
  if (plan.change) {
    return {
      lines: [`${unit.summary}: ${plan.change.before} → ${plan.change.after}`],
      journalBytes: 0,
      durationMs: 0,
    };
  }
  if (unit.kind !== 'documents') return { lines: [], journalBytes: 0, durationMs: 0 };
  return documentDetails(bench, plan, unit);
}

async function documentDetails(bench: Bench, plan: UnitPlan, unit: DocumentUnit) {
  const { ports, retry, options } = bench;
  const lines = [`${unit.summary}: ${plan.matched.toLocaleString('en-US')} documents`];
  const started = ports.clock.monotonic();
  const source = scan(ports.db, unit, {
    batchSize: () => Math.min(MEASURED, options.batchSize),
    firstNumber: 1,
    retry,
  });
  const { value: batch } = await source.next();
  const readMs = ports.clock.monotonic() - started;
  await source.return(undefined);
  if (batch === undefined) return { lines, journalBytes: 0, durationMs: 0 };
  for (const item of batch.items.slice(0, SHOWN)) {
    const edits = item.edits.map(
      ({ field, before, after }) =>
        `${field} ${showValue(field, before, options.sensitiveFields)} → ${showValue(field, after, options.sensitiveFields)}`,
    );
    lines.push(`sample ${unit.collection} ${showId(item.id)}: ${edits.join(', ')}`);
  }
  for (const { id, reason, detail } of batch.refused.slice(0, SHOWN)) {
    lines.push(
      `would be left alone: ${unit.collection} ${showId(id)}: ${reason}${detail ? ` (${detail})` : ''}`,
    );
  }
  if (batch.items.length === 0) return { lines, journalBytes: 0, durationMs: 0 };
  const mean = batch.items.reduce((sum, item) => sum + item.size, 0) / batch.items.length;
  lines[0] += `, about ${bytesInWords(mean * plan.matched)} in what changes`;
  if (unit.lookup && !(await isIndexed(ports.db, unit.lookup))) {
    const { collection, from } = unit.lookup;
    lines.push(`${collection}.${from} has no index: each batch reads the whole of ${collection}`);
  }
  return {
    lines,
    journalBytes: (mean + ENTRY_BYTES) * plan.matched,
    durationMs: (readMs / batch.items.length) * plan.matched * WORK_FACTOR,
  };
}

/** `_id`, hash and names of a journal entry. */
const ENTRY_BYTES = 170;

/** What else the reader should know: an operation that runs, one that was cut short, STEPs that build on these. */
export async function planWarnings(bench: Bench, plan: Plan): Promise<string[]> {
  const { ports, options } = bench;
  const chosen = new Set(options.steps.map((step) => step.step));
  const warnings = [...(await stateWarnings(bench, chosen)), ...(await obstacles(ports.db, plan))];
  for (const { definition, matched } of plan.steps) {
    const left = definition.dependents.filter((step) => !chosen.has(step));
    if (matched > 0 && left.length > 0) {
      warnings.push(
        `STEP ${left.join(', ')} builds on STEP ${definition.step}; roll it back first, or with it`,
      );
    }
  }
  return warnings;
}

/** What will refuse documents that the STEPs change: validators and unique indexes on their fields. */
async function obstacles(db: Db, plan: Plan): Promise<string[]> {
  const found: string[] = [];
  const freed = new Map<string, readonly string[]>();
  for (const { units } of plan.steps) {
    for (const { unit, facts, matched } of units) {
      if (unit.kind === 'spec' && unit.change.kind === 'edit-validator') {
        freed.set(unit.collection, [...(freed.get(unit.collection) ?? []), ...unit.change.rules]);
      }
      if (unit.kind !== 'documents' || matched === 0) continue;
      const ruled = unit.fields.filter(
        (field) =>
          facts.validator !== undefined &&
          mentions(driverValue(rawOf(facts.validator)), field) &&
          !(freed.get(unit.collection) ?? []).some((path) => path.split('.')[0] === field),
      );
      if (ruled.length > 0) {
        found.push(
          `the validator of ${unit.collection} has rules for ${ruled.join(', ')}: documents that break them are refused by the server, left alone and fail the STEP (on-conflict: skip does not pass over them)`,
        );
      }
      const unique = await uniqueIndexes(db, unit.collection, unit.fields).catch(() => []);
      if (unique.length > 0) {
        found.push(
          `the unique index ${unique.join(', ')} of ${unit.collection} covers what changes: documents that would repeat a value are refused by the server, left alone and fail the STEP (on-conflict: skip does not pass over them)`,
        );
      }
    }
  }
  return [...new Set(found)];
}

/** An operation that runs or was cut short. A user who may not read the state database still gets a plan. */
async function stateWarnings(bench: Bench, chosen: ReadonlySet<string>): Promise<string[]> {
  try {
    return await readStateWarnings(bench, chosen);
  } catch (error) {
    // 13: not authorized.
    if ((error as Document).code !== 13) throw error;
    return [
      `this user may not read the state database ${bench.ports.state.databaseName}, so whether another operation runs or was cut short is not known; \`apply\` needs the role readWrite on it`,
    ];
  }
}

async function readStateWarnings(
  { ports, facts, operations, retry }: Bench,
  chosen: ReadonlySet<string>,
): Promise<string[]> {
  const warnings = (await stateProblems(ports.state, retry)).map(
    ({ message }) => `${message}: \`apply\` will refuse`,
  );
  const lease = await ports.state
    .collection<LeaseRecord>(LEASES)
    .findOne({ _id: leaseKey(ports.db.databaseName) });
  const now = facts.serverNow();
  if (lease && isTaken(lease, now)) warnings.push(heldMessage(lease, now));
  const unfinished = await operations.list(ports.db.databaseName, {
    limit: 20,
    filter: { restoredBy: null, state: { $nin: ['succeeded'] } },
  });
  for (const operation of unfinished) {
    const open = operation.steps.filter(
      (step) =>
        chosen.has(step.step) && !['rolled_back', 'skipped', 'restored', 'pending'].includes(step.state),
    );
    if (open.length > 0)
      warnings.push(
        `operation ${operation._id} is ${operation.state} in STEP ${open.map((step) => step.step).join(', ')}; resume or restore it first`,
      );
  }
  return warnings;
}

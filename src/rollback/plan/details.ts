import { formatDuration } from '../../support/duration.ts';
import { bytesInWords } from '../../support/format.ts';
import type { Bench } from '../commands/with-operation.ts';
import { scan } from '../mongo/scan.ts';
import { showId } from '../reversals/batch.ts';
import type { DocumentUnit } from '../reversals/unit.ts';
import { heldMessage, LEASES, type LeaseRecord, leaseKey } from '../store/lease.ts';
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
  const { ports, facts, operations, options } = bench;
  const warnings: string[] = [];
  const lease = await ports.state
    .collection<LeaseRecord>(LEASES)
    .findOne({ _id: leaseKey(ports.db.databaseName) });
  const now = facts.serverNow();
  if (lease?.holder && lease.expiresAt.getTime() > now) warnings.push(heldMessage(lease, now));
  const chosen = new Set(options.steps.map((step) => step.step));
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

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { load, RESULTS } from '../support/results.ts';

/**
 * What the reports need of each result. Whatever else a bench writes is its own affair: nothing here forbids it, and
 * dates are not read, so that the same figures give the same text.
 */
const number = z.number();
const estimate = z.object({ value: number, low: number, high: number, rounds: number });
/** Older results hold the ratio alone. */
const ratio = z.union([estimate, number]);
const command = z.string();
const machine = z.object({ cores: number, memoryGb: number, node: z.string(), loadAtTheEnd: number });
const common = { command, machine: machine.optional().catch(undefined), engine: z.string().optional() };
const side = z.object({ gate: number, loop: number, ratio });

const SCHEMAS = {
  verify: z.object({
    command: command.default('npm run bench:verify'),
    machine: machine.optional().catch(undefined),
    load: z.object({ wallMs: side, p50: side, p95: side }),
    startUp: z.object({ bareMs: number, overBareMs: number, overBareCpuMs: number.nullish() }).optional(),
    memory: z.object({ peakMB: number }).optional(),
  }),
  'verify-sizes': z.object({
    ...common,
    sizes: z.array(z.object({ targets: number, gateMs: estimate, loopMs: estimate, ratio: estimate })),
  }),
  'verify-load-tools': z.object({
    ...common,
    requests: number,
    atOnce: number,
    gate: z.object({ p50Ms: number, p95Ms: number }),
    tools: z.array(
      z.object({ name: z.string(), p50Ms: number, p95Ms: number, p50Ratio: estimate, p95Ratio: estimate }),
    ),
    skipped: z.array(z.object({ name: z.string(), why: z.string() })),
  }),
  alert: z.object({
    command,
    machine: machine.optional().catch(undefined),
    thousandAlerts: z.object({ onFullStateMs: number, timesBaseline: ratio }),
    state: z.object({ alertsKept: number, historyKept: number, growthAfterTheFirst: number }),
    twoHundredRunsAtOnce: z.object({ messages: number }),
  }),
  'alert-sizes': z.object({
    ...common,
    sizes: z.array(z.object({ alerts: number, policyMs: estimate, jsonMs: estimate, ratio: estimate })),
  }),
  'alert-bare': z.object({
    ...common,
    email: bareCall(),
    webhook: bareCall(),
  }),
  monitor: z.object({
    command,
    machine: machine.optional().catch(undefined),
    engine: z.string().optional(),
    lines: z.array(
      z.object({
        what: z.string(),
        measured: number,
        unit: z.string(),
        interval: z.tuple([number, number]).optional(),
        target: z.object({ op: z.string(), value: number }).optional(),
      }),
    ),
  }),
  'monitor-sizes': z.object({
    ...common,
    sizes: z.array(
      z.object({
        paths: number,
        monitorNs: estimate,
        promClientNs: estimate,
        ratio: estimate,
        monitorMb: estimate,
        promClientMb: estimate,
      }),
    ),
  }),
  rollback: z.object({
    command,
    engine: z.string(),
    throughput: z.object({
      orders: number,
      fasterThanL4: ratio,
      fasterThanL5: ratio,
      priceAgainstL1: ratio.optional(),
    }),
    network: z
      .object({ delayMs: number, orders: number, fasterThanL4: ratio, fasterThanL5: ratio })
      .optional(),
    peakMemoryMb: z
      .object({ needed: z.object({ '10000 orders': number, '200000 orders': number, ratio: number }) })
      .optional()
      .catch(undefined),
  }),
  'rollback-sizes': z.object({
    ...common,
    sizes: z.array(
      z.object({
        orders: number,
        productMs: estimate,
        migrateMongoMs: estimate,
        ratio: estimate,
        ordersASecond: number,
      }),
    ),
  }),
  'rollback-migrate-mongo': z.object({
    ...common,
    time: z.object({
      orders: number,
      productMs: estimate,
      statementMs: estimate,
      loopMs: estimate,
      againstStatement: estimate,
      againstLoop: estimate,
    }),
    meanwhile: z.array(z.object({ tool: z.string(), kept: z.boolean(), told: z.boolean() })),
    killed: z.array(
      z.object({
        tool: z.string(),
        reversed: number,
        toReverse: number,
        record: z.string(),
        backAtOnce: number,
        goesOn: z.boolean(),
        backFromTheEnd: number,
        orders: number,
      }),
    ),
  }),
  startup: z.object({
    ...common,
    rows: z.array(
      z.object({
        variant: z.string(),
        cache: z.string(),
        wholeMs: estimate,
        wholeOverFetch: estimate,
        wholeOverHttpGet: estimate,
      }),
    ),
  }),
  chaos: z.object({
    command,
    engine: z.string().optional(),
    rounds: number,
    breaches: number,
    happened: z.record(z.string(), number).optional(),
  }),
  'rollback.chaos': z.object({
    command,
    engine: z.string(),
    kills: number,
    inApply: number,
    inRestore: number,
    changesBySomebodyElse: number,
    recoveryMs: z.object({ median: number, most: number }),
    wrongDocuments: number,
  }),
  leaks: z.object({ command, secrets: number, worlds: number, places: number, found: number }),
  fuzz: z.object({
    command,
    cases: number,
    found: number,
    targets: z.union([number, z.array(z.unknown()).transform((targets) => targets.length)]),
  }),
  mutation: z.object({
    command,
    score: number,
    unexplained: number.optional(),
    groups: z.record(
      z.string(),
      z.union([number, z.object({ score: number }).transform(({ score }) => score)]),
    ),
  }),
  coverage: z.object({
    command,
    branches: z.object({ percent: number }),
    left: z.object({ places: number, unexplained: number }),
  }),
  audit: z.object({
    command: command.default('npm audit'),
    metadata: z.object({ vulnerabilities: z.object({ total: number }) }),
  }),
};

function bareCall() {
  const beyond = z.object({ messagesOfFiveRuns: number, secretArrived: z.boolean() });
  return z.object({
    against: z.string(),
    oursMs: estimate,
    bareMs: estimate,
    addedMs: estimate,
    ratio: estimate,
    beyond: z.object({ ours: beyond, bare: beyond }),
  });
}

export type Results = {
  readonly [Name in keyof typeof SCHEMAS]?: z.infer<(typeof SCHEMAS)[Name]> | undefined;
};
export type Ratio = z.infer<typeof ratio>;
export type Machine = z.infer<typeof machine>;

/** Every result that is there; one that a report cannot be made of is an error that names file and place. */
export async function readResults(folder = RESULTS): Promise<Results> {
  const found: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(SCHEMAS)) {
    const json = await load(name, folder);
    if (json === undefined) continue;
    const parsed = schema.safeParse(json);
    if (!parsed.success) throw new Error(`${name}.json: ${z.prettifyError(parsed.error)}`);
    found[name] = parsed.data;
  }
  return found as Results;
}

export interface Dist {
  readonly megabytes: number;
  /** Packages that the software bill of materials names; undefined where there is none. */
  readonly components: number | undefined;
  readonly licences: boolean;
}

/** What ships: to a tenth of a megabyte, so that not every build changes a document. */
export async function readDist(folder: string): Promise<Dist> {
  let bytes = 0;
  let components: number | undefined;
  let licences = false;
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    if (/\.[cm]?js$/.test(name)) bytes += (await stat(path)).size;
    if (/licen[cs]es|third[-_]party|notice/i.test(name)) licences = true;
    if (/(sbom|cdx)[^/\\]*\.json$/i.test(name))
      components = sbom.parse(JSON.parse(await readFile(path, 'utf8'))).components.length;
  }
  return { megabytes: Math.round(bytes / 1e5) / 10, components, licences };
}

const sbom = z.object({ components: z.array(z.unknown()) });

import { CATALOGUE_VERSION } from '../steps/catalogue.ts';
import { canonicalJson, sha256Hex } from './canonical.ts';
import type { StepPlan } from './plan.ts';

/** The way the digest is made; a change of it gets a new number, so that no old digest fits by chance. */
const PLAN_FORMAT = 'deploy-guard.plan/v1';

export interface PlanContent {
  readonly format: string;
  readonly catalogue: number;
  readonly database: string;
  readonly steps: readonly {
    readonly step: string;
    readonly definition: string;
    readonly units: readonly {
      readonly collection: string;
      readonly matched: number;
      readonly specification?: string;
    }[];
  }[];
}

/** What a database is known by. */
export interface DatabaseIdentity {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly replicaSet: string | undefined;
}

/** All that an approval is about: the same work on the same database has the same content. Pure. */
export function contentOf(database: DatabaseIdentity, steps: readonly StepPlan[]): PlanContent {
  return {
    format: PLAN_FORMAT,
    catalogue: CATALOGUE_VERSION,
    database: identityOf(database),
    steps: steps.map(({ definition, units }) => ({
      step: definition.step,
      definition: sha256Hex(canonicalJson(definition)),
      units: units.map(({ unit, matched, change }) => ({
        collection: unit.collection,
        matched,
        ...(change ? { specification: change.digest } : {}),
      })),
    })),
  };
}

/** The same database has the same name in the same replica set; a standalone server is known by its address. */
function identityOf({ name, hosts, replicaSet }: DatabaseIdentity): string {
  return `${replicaSet ?? hosts.toSorted().join(',')}/${name}`;
}

/** What an approver names: SHA-256 of the content as canonical JSON. */
export function digestOf(content: PlanContent): string {
  return sha256Hex(canonicalJson(content));
}

/** Today's counts in one line. */
export function describeContent(content: PlanContent): string {
  return content.steps
    .map(
      (step) =>
        `STEP ${step.step}: ${step.units.map((unit) => `${unit.collection} ${unit.matched}`).join(', ')}`,
    )
    .join('; ');
}

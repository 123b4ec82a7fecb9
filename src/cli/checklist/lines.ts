import { notCompared, unconfigured, unfinished } from './judge.ts';

export const DOCUMENTS = ['pre', 'plan', 'post'] as const;
export type DocumentName = (typeof DOCUMENTS)[number];

interface LineBase {
  /** Stable: `--done ID`, `--skip ID`. */
  readonly id: string;
  /** What must be so, in one sentence. */
  readonly text: string;
}

/** This tool finds out by itself. */
export interface CommandLine extends LineBase {
  readonly kind: 'command';
  /** Run with the options of the checklist that the command knows; `{report}` is the report of the last verify. */
  readonly argv: readonly string[];
  /** Options of the checklist that are for other lines: they are not handed on, nor their variables. */
  readonly without?: readonly string[];
  /** More than the exit code, from what `--json` prints: why the line is open all the same; else undefined. */
  readonly judge?: (result: unknown) => string | undefined;
}

/** Only a person can know, or decide. */
export interface Decision extends LineBase {
  readonly kind: 'decision';
  /** Whose decision it is. */
  readonly who: string;
}

export type Line = CommandLine | Decision;

interface ChecklistDocument {
  readonly title: string;
  readonly path: string;
  readonly purpose: string;
  readonly lines: readonly Line[];
}

/** The three documents of a deployment. docs/*.md are generated from this, `deploy-guard checklist` runs it. */
export const CHECKLISTS: Readonly<Record<DocumentName, ChecklistDocument>> = {
  pre: {
    title: 'Before the deployment',
    path: 'docs/PRE_DEPLOYMENT_CHECKLIST.md',
    purpose: 'Whether the deployment may begin. Run it an hour before, and again right before.',
    lines: [
      {
        id: 'access',
        kind: 'command',
        text: 'Database, alert channels and token can be reached, with every privilege that is needed.',
        argv: ['doctor'],
        judge: unconfigured,
      },
      {
        id: 'green-before',
        kind: 'command',
        text: 'The service is healthy before anything is changed.',
        argv: ['verify'],
      },
      {
        id: 'nothing-half-done',
        kind: 'command',
        text: 'No rollback was left half done.',
        argv: ['rollback', '--operation', 'history'],
        without: ['steps', 'plan-digest', 'confirm', 'operation-id'],
        judge: unfinished,
      },
      {
        id: 'way-back',
        kind: 'command',
        text: 'The rollback of this deployment can be planned, with the cost of its STEPs.',
        argv: ['rollback', '--operation', 'plan'],
      },
      {
        id: 'backup',
        kind: 'decision',
        who: 'database owner',
        text: 'There is a backup of today, and restoring one was tried this quarter.',
      },
      {
        id: 'staging',
        kind: 'decision',
        who: 'release owner',
        text: 'This version has run in staging, and its tests are green.',
      },
      {
        id: 'rehearsal',
        kind: 'decision',
        who: 'database owner',
        text: 'The migration and its rollback were rehearsed on a copy of production data.',
      },
      {
        id: 'critical-steps',
        kind: 'decision',
        who: 'product owner',
        text: 'The cost of rolling back the STEPs of critical risk is known and accepted (21: login, 23: revenue, 24: a security check).',
      },
      {
        id: 'on-call',
        kind: 'decision',
        who: 'release owner',
        text: 'The people who watch, who decide and who may roll back are named and reachable.',
      },
      {
        id: 'announced',
        kind: 'decision',
        who: 'release owner',
        text: 'The time is announced to support and to all teams that deploy.',
      },
    ],
  },
  plan: {
    title: 'The deployment',
    path: 'docs/DEPLOYMENT_PLAN.md',
    purpose: 'The steps of the deployment, in order. Nothing here deploys or rolls back by itself.',
    lines: [
      {
        id: 'go',
        kind: 'decision',
        who: 'release owner',
        text: 'Go: the checklist before the deployment has nothing open.',
      },
      {
        id: 'baseline',
        kind: 'command',
        text: 'A baseline of the service before the deployment is recorded.',
        argv: ['verify', '--baseline', 'record'],
      },
      {
        id: 'deployed',
        kind: 'decision',
        who: 'deployer',
        text: 'The new version is deployed, and the migration has run to its end.',
      },
      {
        id: 'gate',
        kind: 'command',
        text: 'The gate: the expected version answers, fast enough and without errors.',
        argv: ['verify'],
      },
      {
        id: 'notified',
        kind: 'command',
        text: 'The alerts of the gate are sent, or resolved.',
        argv: ['alert', '--from-report', '{report}'],
      },
      {
        id: 'stay-or-back',
        kind: 'decision',
        who: 'release owner',
        text: 'The deployment stays; or it is rolled back, by the lines below.',
      },
      {
        id: 'way-back-now',
        kind: 'command',
        text: 'The plan of the rollback is current. `--skip` it if the deployment stays.',
        argv: ['rollback', '--operation', 'plan'],
      },
      {
        id: 'rolled-back',
        kind: 'decision',
        who: 'database owner',
        text: 'The digest of that plan is approved, and `deploy-guard rollback --operation apply --plan-digest DIGEST` has succeeded. `--skip` it if the deployment stays.',
      },
    ],
  },
  post: {
    title: 'After the deployment',
    path: 'docs/POST_DEPLOYMENT_VALIDATION.md',
    purpose: 'Whether the deployment is done. Run it after half an hour, and again the next morning.',
    lines: [
      {
        id: 'green-after',
        kind: 'command',
        text: 'The service is healthy, and no worse than the recorded baseline.',
        argv: ['verify', '--baseline', 'compare'],
        judge: notCompared,
      },
      {
        id: 'access-after',
        kind: 'command',
        text: 'Database, alert channels and token can still be reached: the next alert will arrive.',
        argv: ['doctor'],
        judge: unconfigured,
      },
      {
        id: 'nothing-half-done-after',
        kind: 'command',
        text: 'No rollback was left half done.',
        argv: ['rollback', '--operation', 'history'],
        without: ['steps', 'plan-digest', 'confirm', 'operation-id'],
        judge: unfinished,
      },
      {
        id: 'business-flow',
        kind: 'decision',
        who: 'product owner',
        text: 'A person logged in, placed an order and saw it in the back office.',
      },
      {
        id: 'logs',
        kind: 'decision',
        who: 'on-call',
        text: 'The logs of the service and of the database hold no new kind of error.',
      },
      {
        id: 'alerts-closed',
        kind: 'decision',
        who: 'on-call',
        text: 'Every alert of the deployment is resolved, and its silences are removed.',
      },
      {
        id: 'support-informed',
        kind: 'decision',
        who: 'release owner',
        text: 'Support knows that it is over, and what changed for customers.',
      },
      {
        id: 'journal',
        kind: 'decision',
        who: 'database owner',
        text: 'The date until which the journal of a rollback is kept is decided; until then every rollback can be undone.',
      },
    ],
  },
};

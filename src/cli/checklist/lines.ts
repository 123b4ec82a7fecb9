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
        text: 'Rolling back can be planned: the STEPs of this deployment, with their cost.',
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
        text: 'This very version has run in staging, and its tests are green.',
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
        text: 'What the STEPs of critical risk cost when they are rolled back is known and accepted (21: login, 23: revenue, 24: a security check).',
      },
      {
        id: 'on-call',
        kind: 'decision',
        who: 'release owner',
        text: 'Who watches, who decides and who may roll back tonight is named, and they are reachable.',
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
    purpose: 'The order of the night. Nothing here changes the deployment or rolls anything back by itself.',
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
        text: 'How the service behaves now is recorded, to compare with.',
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
        text: 'The gate: the right version answers, fast enough and without errors.',
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
        text: 'The deployment stays; or it goes back, and the lines below say how.',
      },
      {
        id: 'way-back-now',
        kind: 'command',
        text: 'The plan of the rollback is current. `--skip` it where the deployment stays.',
        argv: ['rollback', '--operation', 'plan'],
      },
      {
        id: 'rolled-back',
        kind: 'decision',
        who: 'database owner',
        text: 'The digest of that plan is approved, and `deploy-guard rollback --operation apply --plan-digest DIGEST` has succeeded. `--skip` it where the deployment stays.',
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
        text: 'Every alert of the deployment is over, and silences that were made for it are gone.',
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
        text: 'Until when the journal of a rollback is kept is decided; until then every rollback can be undone.',
      },
    ],
  },
};

import type { AlertType } from '../model/alert.ts';

const RUNBOOKS = 'https://github.com/deploy-guard/deploy-guard/blob/main/docs/ALERTS.md';

export const ALERT_TYPES = {
  'database-down': {
    title: 'Database down',
    severity: 'critical',
    meaning: 'The database did not answer. Everything that reads or writes data fails or soon will.',
    firstStep:
      'Check that the MongoDB server runs and that the network lets this service reach it; then credentials and the connection string.',
  },
  'database-slow': {
    title: 'Database slow',
    severity: 'warning',
    meaning: 'The database answers, but later than it should.',
    firstStep: 'Look for long-running operations and missing indexes; then the load and disk of the primary.',
  },
  'high-error-rate': {
    title: 'High error rate',
    severity: 'error',
    meaning: 'More requests fail than the threshold allows.',
    firstStep: 'Read the newest errors in the service log; if they began with this deployment, roll it back.',
  },
  'slow-responses': {
    title: 'Slow responses',
    severity: 'warning',
    meaning: 'The service answers, but later than the threshold allows.',
    firstStep: 'Compare with the database alerts; then look at CPU, memory and calls to other services.',
  },
  'high-cpu': {
    title: 'High CPU use',
    severity: 'warning',
    meaning: 'The service uses more processor time than the threshold allows.',
    firstStep:
      'Check whether traffic rose or the new version does more work a request; add instances if it did.',
  },
  'high-memory': {
    title: 'High memory use',
    severity: 'warning',
    meaning: 'The service uses more memory than the threshold allows and may soon be killed.',
    firstStep:
      'Check whether memory still grows; a steady growth since this deployment is a leak: roll back.',
  },
  'service-down': {
    title: 'Service down',
    severity: 'critical',
    meaning: 'The service did not answer.',
    firstStep:
      'Check that the service runs and listens; read its newest log lines; if it began with this deployment, roll back.',
  },
  'wrong-version': {
    title: 'Wrong version',
    severity: 'error',
    meaning: 'Another version than the expected one answers: the deployment has not arrived.',
    firstStep:
      'Check whether the rollout finished, and whether a cache or an old instance still answers; users have the old version until it does.',
  },
  'certificate-expiring': {
    title: 'Certificate expiring',
    severity: 'warning',
    meaning: 'The TLS certificate ends soon. When it does, clients refuse to connect.',
    firstStep: 'Renew the certificate, and find out why the automatic renewal did not.',
  },
  'rollback-executed': {
    title: 'Rollback executed',
    severity: 'warning',
    meaning: 'Data-migration steps were reversed. The data has its earlier form again.',
    firstStep: 'Check that the running version of the service fits the reversed data.',
    event: true,
  },
  'rollback-failed': {
    title: 'Rollback failed',
    severity: 'critical',
    meaning: 'A rollback stopped before its end. Some data is reversed and some is not.',
    firstStep: 'Read the error, fix its cause, then run the operation `resume` with this operation id.',
  },
  'verification-failed': {
    title: 'Deployment not verified',
    severity: 'error',
    meaning: 'The verification of the deployment failed as a whole, not in one check.',
    firstStep: 'Read the cause in the report of the run.',
  },
  'check-failed': {
    title: 'Check failed',
    severity: 'error',
    meaning: 'A check of the deployment did not pass.',
    firstStep: 'Read the reason of the check in the report of the run.',
  },
  custom: {
    title: 'Alert',
    severity: 'error',
    meaning: 'An alert of your own.',
    firstStep: '',
  },
} as const satisfies Record<string, AlertType>;

export type AlertTypeName = keyof typeof ALERT_TYPES;
export const ALERT_TYPE_NAMES = Object.keys(ALERT_TYPES) as readonly AlertTypeName[];

/** The entry of a type: the user's own, the catalogue's, or that of `custom`. */
export function alertType(name: string, own: Readonly<Record<string, AlertType>> = {}): AlertType {
  if (Object.hasOwn(own, name)) return own[name] as AlertType;
  return Object.hasOwn(ALERT_TYPES, name) ? ALERT_TYPES[name as AlertTypeName] : ALERT_TYPES.custom;
}

/** The place that says what to do; none for types of your own that name none. */
export function runbookOf(name: string, own: Readonly<Record<string, AlertType>> = {}): string | undefined {
  const given = alertType(name, own).runbook;
  if (given !== undefined) return given;
  return Object.hasOwn(ALERT_TYPES, name) && name !== 'custom' ? `${RUNBOOKS}#${name}` : undefined;
}

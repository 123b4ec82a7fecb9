import { createHash } from 'node:crypto';

/**
 * The name of an alert: the same in each run while type, environment, source and check are the same.
 * The severity, the wording and the measured value are not part of it, so that they may change.
 * @returns 20 hexadecimal digits.
 */
export function fingerprintOf(alert: {
  readonly type: string;
  readonly environment: string;
  readonly source: string;
  readonly check: string;
}): string {
  // JSON keeps the parts apart: ["a", "b/c"] and ["a/b", "c"] differ.
  const parts = JSON.stringify([alert.type, alert.environment, alert.source, alert.check]);
  return createHash('sha256').update(parts).digest('hex').slice(0, 20);
}

import * as z from 'zod';
import { nameText } from '../values/common.ts';
import { ALERT_SECTIONS } from './sections/alert.ts';
import { ROLLBACK_SECTIONS } from './sections/rollback.ts';
import { VERIFY_SECTIONS } from './sections/verify.ts';

/** The guard file. Its JSON Schema in docs/schema is generated from this. */
export const guardFileSchema = z.strictObject({
  environment: nameText.optional().describe('The name that state, leases, audit and alerts are keyed by'),
  ...VERIFY_SECTIONS,
  ...ALERT_SECTIONS,
  ...ROLLBACK_SECTIONS,
});
export type GuardFile = z.output<typeof guardFileSchema>;

import { ALERT_WORLDS } from './worlds/alert.ts';
import { FAULT_WORLDS } from './worlds/faults.ts';
import type { World } from './worlds/ground.ts';
import { OTHER_WORLDS } from './worlds/other-ways.ts';
import { ROLLBACK_WORLDS } from './worlds/rollback.ts';
import { VERIFY_WORLDS } from './worlds/verify.ts';

/** Every world that is searched. */
export const WORLDS: readonly World[] = [
  ...VERIFY_WORLDS,
  ...ALERT_WORLDS,
  ...FAULT_WORLDS,
  ...ROLLBACK_WORLDS,
  ...OTHER_WORLDS,
];

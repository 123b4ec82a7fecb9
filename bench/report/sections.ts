import type { Section } from './row.ts';
import { ALERT, MONITOR, ROLLBACK, VERIFY } from './speed.ts';
import { TRUST } from './trust.ts';

export const SPEED: readonly Section[] = [VERIFY, ALERT, MONITOR, ROLLBACK];
export const SECTIONS: readonly Section[] = [...SPEED, ...TRUST];

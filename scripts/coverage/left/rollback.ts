import type { Left } from '../left.ts';

export const ROLLBACK_LEFT: readonly Left[] = [];

import type { Left } from '../left.ts';

export const VERIFY_LEFT: readonly Left[] = [];

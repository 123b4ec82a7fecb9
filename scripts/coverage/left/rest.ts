import type { Left } from '../left.ts';

export const REST_LEFT: readonly Left[] = [];

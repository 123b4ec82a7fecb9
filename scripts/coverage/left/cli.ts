import type { Left } from '../left.ts';

export const CLI_LEFT: readonly Left[] = [];

import type { Left } from '../left.ts';

export const SETTINGS_LEFT: readonly Left[] = [];

import type { AlertOptions } from '../model/options.ts';

/** Every key under which the options send something, the usual ones first. */
export function channelKeys(options: Pick<AlertOptions, 'channels' | 'routes' | 'escalations'>): string[] {
  return [
    ...new Set([
      ...options.channels,
      ...options.routes.flatMap(({ channels }) => channels),
      ...options.escalations.flatMap(({ channels }) => channels),
    ]),
  ];
}

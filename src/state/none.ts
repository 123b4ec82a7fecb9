import type { StateStore } from './store.ts';

/** No state at all: nothing is known of earlier runs and nothing is kept. */
export const noState: StateStore = {
  kind: 'none',
  description: 'no state',
  async read() {
    return undefined;
  },
  async update(_area, _key, change) {
    return change(undefined).result;
  },
  async close() {},
};

/** What is compared: this product, and migrate-mongo with a `down` of one statement or of a loop. */
export const TOOLS = ['product', 'statement', 'loop'] as const;
export type Tool = (typeof TOOLS)[number];

/** How long a killed run of this product keeps its lease, in these experiments. */
export const LEASE_MS = 1_500;

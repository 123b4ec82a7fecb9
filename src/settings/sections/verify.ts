import * as z from 'zod';

/** The guard file's keys of verify. */
export const VERIFY_SECTIONS = {
  thresholds: z
    .array(z.string())
    .min(1)
    .max(1_000)
    .describe('What is judged; each as in the input `thresholds`, which wins over these.')
    .optional(),
  mongodb: z
    .strictObject({
      collections: z
        .array(z.string().min(1).max(255))
        .max(1_000)
        .describe('Names of collections to count.')
        .optional(),
    })
    .describe('What is expected of the database.')
    .optional(),
};

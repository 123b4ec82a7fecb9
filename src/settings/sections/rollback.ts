import * as z from 'zod';
import { durationText } from '../values.ts';

/** The guard file's keys of rollback. */
export const ROLLBACK_SECTIONS = {
  rollback: z
    .strictObject({
      'batch-size': z
        .int()
        .min(1)
        .max(10_000)
        .optional()
        .describe('As the input of the same name, which wins'),
      'max-duration': durationText({ min: 1_000 })
        .optional()
        .describe('As the input of the same name, which wins'),
      'on-conflict': z
        .enum(['fail', 'skip'])
        .optional()
        .describe('As the input of the same name, which wins'),
      'target-batch-time': durationText({ min: 10, max: 60_000 })
        .optional()
        .describe('A batch that takes longer makes the next one smaller; 500ms if not given'),
      lease: durationText({ min: 5_000, max: 3_600_000 })
        .optional()
        .describe('A run that is not heard of for so long has lost its lease; 30s if not given'),
    })
    .describe('How data-migration STEPs are rolled back.')
    .optional(),
};

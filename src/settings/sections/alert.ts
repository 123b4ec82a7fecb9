import * as z from 'zod';
import { addressText } from '../inputs/alert-values.ts';
import { durationText } from '../values.ts';

const alerts = z
  .strictObject({
    channels: z
      .array(z.enum(['slack', 'email', 'log']))
      .min(1)
      .optional()
      .describe('Where alerts go; every configured channel and the log if not given'),
    'email-from': addressText.optional().describe('Sender of mails'),
    'email-to': z.array(addressText).min(1).max(50).optional().describe('Recipients of mails'),
    'repeat-interval': durationText({ min: 1 })
      .optional()
      .describe('A firing alert is sent again after this, such as 4h'),
    'send-resolved': z.boolean().optional().describe('Say when an alert is over'),
    'fail-on-delivery-error': z
      .boolean()
      .optional()
      .describe('Fail the step when a message could not be delivered'),
  })
  .describe('How alerts are told');

/** The guard file's top-level keys about alerts. */
export const ALERT_SECTIONS = {
  alerts: alerts.optional(),
};

import type { OptionDefinition } from '../arguments/option.ts';

export const DOCTOR_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  repository: {
    description:
      "The repository that the token is tried on; GITHUB_REPOSITORY, or git's origin, if not given.",
    values: '`OWNER/NAME`',
  },
  'check-timeout': {
    description: 'How long each server may take to answer.',
    values: 'duration',
    default: '8s',
  },
};

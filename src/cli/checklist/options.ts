import type { OptionDefinition } from '../arguments/option.ts';

export const CHECKLIST_OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  done: {
    description: 'A decision that was made, by its id; with `=WHO`, by whom.',
    values: '`ID` or `ID=WHO`',
    list: true,
  },
  skip: {
    description: 'A line that does not concern this deployment, by its id. It is shown as skipped.',
    values: '`ID`',
    list: true,
  },
};

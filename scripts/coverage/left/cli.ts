import type { Left } from '../left.ts';

export const CLI_LEFT: readonly Left[] = [
  {
    why: 'The default is for the type alone: the value is always there, in a way that the compiler cannot follow (the first part of a split, the path of the program, an option that takes a value and says which, an input that was looked up a moment ago, an error that was thrown).',
    branches: [
      ['src/cli/arguments/parse.ts', "value.split('=')[0] ?? value"],
      ['src/cli/arguments/parse.ts', "option.values?.replaceAll('`', '') ?? 'text'"],
      ['src/cli/checklist/run-command.ts', "(this.#verifyReport ?? '')"],
      ['src/cli/checklist/run-command.ts', "process.argv[1] ?? ''"],
      ['src/cli/doctor/mongodb.ts', '(error ?? {}) as { code?: unknown'],
      ['src/cli/help/help.ts', "plainWords(option.values ?? '');"],
      ['src/cli/arguments/inputs.ts', 'inputs[name]?.description ?? name'],
    ],
  },
  {
    why: 'The test that takes it lets the process write nothing, and such a process cannot write down what it counted either (test/e2e/cli.test.ts, "a result that cannot be written").',
    branches: [['src/cli/start.ts', "if (error.code !== 'EPIPE') throw error;"]],
  },
];

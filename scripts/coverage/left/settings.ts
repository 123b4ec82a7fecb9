import type { Left } from '../left.ts';

export const SETTINGS_LEFT: readonly Left[] = [
  {
    why: 'The default is for the type alone: the line before has made sure of the value, in a way that the compiler cannot follow (a group that always matches, an issue that a failed parse always has, a check by another name).',
    branches: [
      ['src/settings/alert/policy.ts', "parsed.error.issues[0]?.message ?? 'is wrong'"],
      ['src/settings/alert/policy.ts', "rule: rrule ?? '', start: withSeconds(start ?? '')"],
      ['src/settings/guard-file/read.ts', 'pos: [key.range?.[0] ?? 0]'],
      ['src/settings/guard-file/read.ts', "error.message.split('\\n')[0] ?? 'unreadable'"],
      ['src/settings/inputs/alert.ts', "labels[match[1]] = match[2] ?? ''"],
      ['src/settings/values/secret-text.ts', 'match[1] === undefined ? [] : [match[1]]'],
      ['src/settings/verify/targets.ts', '(error as NodeJS.ErrnoException).code ?? messageOf(error)'],
      ['src/settings/values/verify.ts', "address: (address ?? '').trim()"],
      ['src/settings/verify/options.ts', "nearest(threshold.labels.target ?? '', names)"],
    ],
  },
  {
    why: 'No known text makes the YAML library throw here: its parser reports what is wrong, and ends its stack before the step behind it could. Kept so that a fault of the library becomes a problem in words.',
    branches: [
      ['src/settings/guard-file/read.ts', 'error instanceof RangeError ? TOO_DEEP : messageOf(error)'],
    ],
  },
  {
    why: "Guards against a mistake of ours in the guard file's schema, or in what is made of it: no such schema, rule or text is there today.",
    branches: [
      ['src/settings/guard-file/read.ts', '? keys.length > 0'],
      ['src/settings/guard-file/read.ts', "${name ? `\\`${name}\\` ` : ''}${wordsOf(issue)}"],
      ['src/settings/guard-file/schema-walk.ts', 'if (schema === undefined) return [];'],
      ['src/settings/verify/database.ts', 'if (!parsed.ok) throw new Error('],
    ],
  },
  {
    why: 'Without a guard file, or with one that was refused, none of its sections is read, so nobody asks where one stands.',
    branches: [['src/settings/settings.ts', 'locate: file?.locate ?? (']],
  },
];

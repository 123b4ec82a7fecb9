import { CLI_LEFT } from './left/cli.ts';
import { REST_LEFT } from './left/rest.ts';
import { ROLLBACK_LEFT } from './left/rollback.ts';
import { SETTINGS_LEFT } from './left/settings.ts';
import { VERIFY_LEFT } from './left/verify.ts';

/** Branches that no test takes, for one reason. */
export interface Left {
  readonly why: string;
  /** Each by its file, and by a piece of the line on which it stands. */
  readonly branches: readonly (readonly [file: string, code: string])[];
}

export const LEFT: readonly Left[] = [
  ...ROLLBACK_LEFT,
  ...VERIFY_LEFT,
  ...SETTINGS_LEFT,
  ...CLI_LEFT,
  ...REST_LEFT,
];

/** A branch that was not taken. */
export interface Untaken {
  readonly file: string;
  readonly line: number;
  /** the line's text, trimmed */
  readonly code: string;
  /** `if 0`: of an `if`, the first way */
  readonly way: string;
}

export interface Explained {
  /** reason → branches, in the order of the reasons */
  readonly byReason: ReadonlyMap<string, readonly Untaken[]>;
  readonly unexplained: readonly Untaken[];
  /** entries that no branch needs any more, as `file: code` */
  readonly stale: readonly string[];
}

/** Gives each untaken branch its reason. Pure. */
export function explain(untaken: readonly Untaken[], reasons: readonly Left[]): Explained {
  const byReason = new Map<string, Untaken[]>();
  const explained = new Set<Untaken>();
  const stale: string[] = [];
  for (const { why, branches } of reasons) {
    for (const [file, code] of branches) {
      const found = untaken.filter((one) => one.file === file && one.code.includes(code));
      if (found.length === 0) stale.push(`${file}: ${code}`);
      for (const one of found) {
        if (explained.has(one)) continue;
        explained.add(one);
        byReason.set(why, [...(byReason.get(why) ?? []), one]);
      }
    }
  }
  return { byReason, unexplained: untaken.filter((one) => !explained.has(one)), stale };
}

/** The list for people, as Markdown. Pure. */
export function leftAsMarkdown({ byReason, unexplained, stale }: Explained): string {
  const line = ({ file, line: at, code, way }: Untaken) => `- \`${file}:${at}\` (${way}) \`\`${code}\`\``;
  const sections = [...byReason].map(([why, branches]) => `## ${why}\n\n${branches.map(line).join('\n')}\n`);
  return [
    '# Branches that no test takes, and why',
    '',
    'Written by `npm run coverage` from scripts/coverage/left/. A line stands for each branch; `if 0` is the first way of an',
    '`if`, `binary-expr 1` what follows the first operator.',
    '',
    ...sections,
    ...(unexplained.length > 0 ? [`## Without a reason yet\n\n${unexplained.map(line).join('\n')}\n`] : []),
    ...(stale.length > 0
      ? [`## Reasons that no branch needs any more\n\n${stale.map((one) => `- ${one}`).join('\n')}\n`]
      : []),
  ].join('\n');
}

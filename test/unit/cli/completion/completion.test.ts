import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { COMMANDS, optionsOf, SHELLS } from '../../../../src/cli/arguments/commands.ts';
import { completionScript } from '../../../../src/cli/completion/completion.ts';
import { ALL_INPUTS } from '../../../../src/settings/settings.ts';

const noBash = spawnSync('bash', ['--version']).error !== undefined;

/** What bash offers behind a command line; the last word is the one that is being typed. */
function offered(...words: string[]): string[] {
  const quoted = ['deploy-guard', ...words].map((word) => `'${word}'`).join(' ');
  const script = `${completionScript('bash')}
COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _deploy_guard; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const run = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
  expect(run.stderr).toBe('');
  return run.stdout.split('\n').filter(Boolean);
}

describe.skipIf(noBash)('in bash', () => {
  test('commands come first', () => {
    expect(offered('')).toEqual(expect.arrayContaining([...COMMANDS]));
    expect(offered('ver')).toEqual(['verify']);
  });

  test.each(COMMANDS)('%s offers its options, and no secret', (command) => {
    const names = Object.entries(optionsOf(command)).filter(([, option]) => !option.input?.secret);
    expect(offered(command, '--').sort()).toEqual(names.map(([name]) => `--${name}`).sort());
  });

  test('an option offers the words that it takes, behind a space and behind =', () => {
    expect(offered('verify', '--baseline', '')).toEqual(['none', 'record', 'compare']);
    expect(offered('verify', '--baseline', '=', 'c')).toEqual(['compare']);
    expect(offered('verify', '--baseline', '=')).toEqual(['none', 'record', 'compare']);
    expect(offered('rollback', '--operation', 're')).toEqual(expect.arrayContaining(['resume', 'restore']));
  });

  test('free text and paths are left to the shell', () => {
    expect(offered('verify', '--targets', '')).toEqual([]);
    expect(offered('verify', '--config', '')).toEqual([]);
  });

  test('checklists and shells are words of their commands', () => {
    expect(offered('checklist', 'p')).toEqual(['pre', 'plan', 'post']);
    expect(offered('completion', 'z')).toEqual(['zsh']);
  });
});

test.each(SHELLS)('the script for %s names every command and no secret', (shell) => {
  const script = completionScript(shell);
  for (const command of COMMANDS) expect(script).toContain(command);
  for (const [name, input] of Object.entries(ALL_INPUTS))
    if (input.secret) expect(script).not.toMatch(new RegExp(`(--| -l )${name}\\b(?!-)`));
});

test('each choice of an input is a value that it accepts, and no other single word is offered', () => {
  for (const [name, input] of Object.entries(ALL_INPUTS))
    for (const choice of input.choices ?? [])
      expect(
        input.schema.safeParse(choice === 'file:' ? 'file:a' : choice).success,
        `${name} ${choice}`,
      ).toBe(true);
});

import {
  COMMAND_ARGUMENTS,
  COMMAND_WORDS,
  COMMANDS,
  type Command,
  optionsOf,
  SHELLS,
  type Shell,
} from '../arguments/commands.ts';
import type { OptionDefinition } from '../arguments/option.ts';
import { EXIT_CODES, USAGE } from '../session/exit-codes.ts';
import type { Session } from '../session/session.ts';

/** Prints the script that completes this program in a shell. Secrets are no options, and so never completed. */
export async function completion({ words, terminal }: Session): Promise<number> {
  const [shell, ...more] = words;
  const known = SHELLS.find((name) => name === shell);
  if (known === undefined || more.length > 0) {
    terminal.err(
      `${terminal.errPaint('red', 'error:')} completion: needs one shell\n  Write one of ${SHELLS.join(', ')}.\n`,
    );
    return USAGE;
  }
  terminal.out(completionScript(known));
  return EXIT_CODES.success;
}

/** The script for a shell, made from the tables of commands and options. Pure. */
export function completionScript(shell: Shell): string {
  if (shell === 'fish') return fishScript();
  const script = bashScript();
  if (shell === 'bash') return `${script}complete -o default -F _deploy_guard deploy-guard\n`;
  // zsh runs a completion of bash; found by its first line when it lies on `fpath`.
  return `#compdef deploy-guard\n${script}autoload -U +X bashcompinit && bashcompinit\ncomplete -o default -F _deploy_guard deploy-guard\n`;
}

function bashScript(): string {
  const values = COMMANDS.flatMap((command) =>
    completable(command).flatMap(([name, option]) => {
      const words = valuesOf(option);
      if (words !== undefined) return [`    '${command} --${name}') words=${quoted(words.join(' '))} ;;`];
      return option.switch ? [] : [`    '${command} --${name}') return ;;`];
    }),
  );
  const options = COMMANDS.map((command) => {
    const names = completable(command).map(([name]) => `--${name}`);
    return `      ${command}) words=${quoted([...(COMMAND_ARGUMENTS[command] ?? []), ...names].join(' '))} ;;`;
  });
  return `# Completion of deploy-guard, printed by \`deploy-guard completion\`.
_deploy_guard() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command='' words='' word
  # Readline parts \`--name=value\` at the equals sign.
  if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in ${COMMANDS.join('|')}) command="$word"; break ;; esac
  done
  COMPREPLY=()
  # A list takes its entries behind commas, too.
  case "$command $prev" in
${values.join('\n')}
    *)
      case "$command" in
${options.join('\n')}
      *) words=${quoted([...COMMANDS, '--help', '--version'].join(' '))} ;;
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
`;
}

function fishScript(): string {
  const none = `not __fish_seen_subcommand_from ${COMMANDS.join(' ')}`;
  const lines = COMMANDS.map(
    (command) =>
      `complete -c deploy-guard -f -n ${quoted(none)} -a ${command} -d ${quoted(COMMAND_WORDS[command])}`,
  );
  for (const command of COMMANDS) {
    const seen = `-n ${quoted(`__fish_seen_subcommand_from ${command}`)}`;
    for (const word of COMMAND_ARGUMENTS[command] ?? [])
      lines.push(`complete -c deploy-guard -f ${seen} -a ${word}`);
    for (const [name, option] of completable(command)) {
      const words = valuesOf(option);
      const takes = option.switch
        ? ''
        : words !== undefined
          ? ` -x -a ${quoted(words.join(' '))}`
          : option.values === 'path'
            ? ' -r -F'
            : ' -x';
      const short = option.short === undefined ? '' : ` -s ${option.short}`;
      lines.push(
        `complete -c deploy-guard ${seen} -l ${name}${short}${takes} -d ${quoted(option.description)}`,
      );
    }
  }
  return `# Completion of deploy-guard, printed by \`deploy-guard completion\`.\n${lines.join('\n')}\n`;
}

/** The options that a command really takes: a secret is refused as an option. */
function completable(command: Command): [string, OptionDefinition][] {
  return Object.entries(optionsOf(command)).filter(([, option]) => option.input?.secret !== true);
}

/** The words of a value; undefined if it is free text or a path. */
function valuesOf(option: OptionDefinition): readonly string[] | undefined {
  return option.switch ? undefined : option.choices;
}

/** One word of a shell; all three take a single quote this way. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

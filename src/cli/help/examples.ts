import type { Command } from '../arguments/commands.ts';

/** How a command is called, in one line. */
export const SYNOPSES: Readonly<Record<Command, string>> = {
  verify: 'verify --targets NAME=URL [OPTION…]',
  alert: 'alert --from-report PATH | --alert-type TYPE --title TEXT [OPTION…]',
  rollback: 'rollback --operation OPERATION --steps STEPS [OPTION…]',
  init: 'init [OPTION…]',
  doctor: 'doctor [OPTION…]',
  checklist: 'checklist [pre|plan|post] [OPTION…]',
  completion: 'completion bash|zsh|fish',
};

interface Example {
  readonly words: string;
  /** A test reads each of them with the real parser. */
  readonly lines: readonly string[];
}

/** Examples of `--help` and of docs/CLI.md. */
export const EXAMPLES: Readonly<Record<Command, readonly Example[]>> = {
  verify: [
    {
      words: 'is the service reachable, and fast enough?',
      lines: [
        'deploy-guard verify --targets api=https://api.example.com/api/health \\',
        "  --thresholds 'http_req_duration{target:api}: p(95)<500ms, warn p(95)<200ms'",
      ],
    },
    {
      words: 'and the database? Its address is a secret, so it comes from the environment',
      lines: ['deploy-guard verify --targets https://api.example.com/ --ask mongodb-uri --json'],
    },
  ],
  alert: [
    {
      words: 'send the alerts of the last verify',
      lines: [
        'deploy-guard alert --from-report report.json --channels slack,log --state file:.deploy-guard/state.json',
      ],
    },
    {
      words: 'a custom alert: preview it, send it, resolve it',
      lines: [
        "deploy-guard alert --title 'Payments are switched off by hand' --severity warning --dry-run",
        "deploy-guard alert --title 'Payments are switched off by hand' --severity warning",
        "deploy-guard alert --title 'Payments are switched off by hand' --resolve",
      ],
    },
  ],
  rollback: [
    {
      words: 'what would change? Reads only',
      lines: ['deploy-guard rollback --operation plan --steps 19,21'],
    },
    {
      words: 'exactly that plan, with the phrase that it prints',
      lines: [
        'deploy-guard rollback --operation apply --steps 19,21 --plan-digest DIGEST \\',
        "  --confirm 'roll back 21 19 in production'",
      ],
    },
    {
      words: 'go on after a kill; bring everything back',
      lines: ['deploy-guard rollback --operation resume', 'deploy-guard rollback --operation restore'],
    },
  ],
  init: [
    { words: 'asks, then writes', lines: ['deploy-guard init'] },
    {
      words: 'asks nothing',
      lines: [
        'deploy-guard init --yes --targets api=https://api.example.com/api/health --channels slack,email \\',
        '  --email-from guard@example.com --email-to ops@example.com --workflows verify,rollback,health --mongodb',
      ],
    },
  ],
  doctor: [
    { words: 'everything that is configured', lines: ['deploy-guard doctor'] },
    {
      words: 'ask for the secret, as a program reads it',
      lines: ['deploy-guard doctor --ask mongodb-uri --json'],
    },
  ],
  checklist: [
    { words: 'before the deployment', lines: ['deploy-guard checklist pre --steps 19-22'] },
    {
      words: 'after it, in a pipeline: decisions that people made are named',
      lines: [
        'deploy-guard checklist post --targets api=https://api.example.com/ \\',
        '  --done business-flow --done support-informed',
      ],
    },
  ],
  completion: [
    {
      words: 'for every new shell: bash, zsh, fish',
      lines: [
        'deploy-guard completion bash > ~/.local/share/bash-completion/completions/deploy-guard',
        'deploy-guard completion zsh > ~/.zsh/completions/_deploy-guard',
        'deploy-guard completion fish > ~/.config/fish/completions/deploy-guard.fish',
      ],
    },
  ],
};

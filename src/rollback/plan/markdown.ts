import { cell } from '../../report/summary/markdown.ts';
import type { StepDetails } from './details.ts';
import type { Plan } from './plan.ts';

/** The plan for the pull request: what would change, and what to write to apply exactly this. */
export function planMarkdown(
  plan: Plan,
  details: readonly StepDetails[],
  around: { environment: string; database: string; confirm: string | undefined; warnings: readonly string[] },
): string {
  const lines = [
    `### Rollback plan for ${code(around.environment)} (database ${code(around.database)})`,
    '',
    `Nothing was changed.${plan.steps.length > 1 ? ' STEPs are rolled back in this order, from the top.' : ''}`,
    '',
    '| STEP | name | risk | documents | impact |',
    '| --- | --- | --- | ---: | --- |',
    ...plan.steps.map(({ definition, matched }, index) =>
      [
        '',
        definition.step,
        definition.name,
        definition.risk,
        matched.toLocaleString('en-US'),
        cell(details[index]?.impact ?? ''),
        '',
      ]
        .join(' | ')
        .trim(),
    ),
    '',
    ...around.warnings.map((warning) => `> ⚠️ ${cell(warning)}`),
  ];
  for (const [index, { definition }] of plan.steps.entries()) {
    lines.push('', `<details><summary>STEP ${definition.step} ${definition.name}</summary>`, '');
    lines.push(...(details[index]?.lines ?? []).map((line) => `- ${code(line)}`), '', '</details>');
  }
  lines.push('', `Plan digest: ${code(plan.digest)}`);
  if (around.confirm !== undefined) lines.push('', `Confirmation phrase: ${code(around.confirm)}`);
  return lines.join('\n');
}

/** Values of documents are data: as code, mentions and markup in them do nothing. */
function code(text: string): string {
  const line = text.replace(/[\r\n]+/g, ' ');
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}

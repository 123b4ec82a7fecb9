import { formatDuration } from '../../support/duration.ts';
import type { ReportRollback } from '../schema.ts';
import { type Html, html } from './text.ts';

const MOST_DETAILS = 500;

/** What a rollback planned or did. */
export function rollbackSections(rollback: ReportRollback): Html {
  const { operation, operationId, planDigest, confirm, state, steps, warnings = [], history = [] } = rollback;
  return html`<section aria-labelledby="rollback"><h2 id="rollback">Rollback ${operation}</h2>
<dl><dt>State</dt><dd>${words(state)}</dd>
${operationId ? html`<dt>Operation</dt><dd><code>${operationId}</code></dd>` : ''}
${planDigest ? html`<dt>Plan digest</dt><dd><code>${planDigest}</code></dd>` : ''}
${confirm ? html`<dt>To apply it, confirm</dt><dd><code>${confirm}</code></dd>` : ''}</dl>
${warnings.length > 0 ? html`<ul class="notices">${warnings.map((warning) => html`<li>${warning}</li>`)}</ul>` : ''}
${steps.length > 0 ? (operation === 'plan' ? planTable(steps, planDigest !== '') : stepsTable(steps)) : ''}
${steps.map(({ step, name, details = [] }) => (details.length > 0 ? html`<details><summary>STEP ${step} ${name}</summary><ul>${details.slice(0, MOST_DETAILS).map((line) => html`<li>${line}</li>`)}</ul>${details.length > MOST_DETAILS ? html`<p>… and ${details.length - MOST_DETAILS} more lines</p>` : ''}</details>` : ''))}
${history.length > 0 ? historyTable(history) : ''}
</section>`;
}

/** Of a plan only what would change: nothing was modified and nothing took time. */
function planTable(steps: ReportRollback['steps'], counted: boolean): Html {
  const head = ['STEP', 'Risk', 'Undo', 'Would change', 'Impact'];
  return html`<table><thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${steps.map(
    (step) => html`<tr>
<th scope="row" data-label="STEP">${step.step} ${step.name}</th>
<td data-label="Risk">${risk(step)}</td>
<td data-label="Undo">${step.reversibility}</td>
<td data-label="Would change" class="number">${counted ? step.matched.toLocaleString('en-US') : '?'}</td>
<td data-label="Impact">${step.impact}${step.error ? html`<br><strong>${step.error}</strong>` : ''}</td>
</tr>`,
  )}</tbody></table>`;
}

function risk({ risk }: ReportRollback['steps'][number]): Html | string {
  return risk === 'critical' || risk === 'high' ? html`<strong class="risk">${risk}</strong>` : risk;
}

function stepsTable(steps: ReportRollback['steps']): Html {
  const head = ['STEP', 'Risk', 'Undo', 'State', 'Matched', 'Modified', 'Conflicts', 'Took', 'Impact'];
  return html`<table><thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${steps.map(
    (step) => html`<tr>
<th scope="row" data-label="STEP">${step.step} ${step.name}</th>
<td data-label="Risk">${risk(step)}</td>
<td data-label="Undo">${step.reversibility}</td>
<td data-label="State">${words(step.state)}</td>
<td data-label="Matched" class="number">${step.matched.toLocaleString('en-US')}</td>
<td data-label="Modified" class="number">${step.modified.toLocaleString('en-US')}</td>
<td data-label="Conflicts" class="number">${step.conflicts.toLocaleString('en-US')}</td>
<td data-label="Took" class="number">${formatDuration(step.durationMs)}</td>
<td data-label="Impact">${step.impact}${step.error ? html`<br><strong>${step.error}</strong>` : ''}</td>
</tr>`,
  )}</tbody></table>`;
}

function historyTable(history: NonNullable<ReportRollback['history']>): Html {
  const head = ['Operation', 'What', 'State', 'STEPs', 'Started', 'By', 'Modified'];
  return html`<h3>History</h3><table><thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${history.map(
    (entry) => html`<tr>
<th scope="row" data-label="Operation"><code>${entry.operationId}</code></th>
<td data-label="What">${entry.operation}</td>
<td data-label="State">${words(entry.state)}</td>
<td data-label="STEPs">${entry.steps.join(', ')}</td>
<td data-label="Started">${entry.startedAt}</td>
<td data-label="By">${entry.actor}</td>
<td data-label="Modified" class="number">${entry.modified.toLocaleString('en-US')}</td>
</tr>`,
  )}</tbody></table>`;
}

function words(state: string): string {
  return state.replaceAll('_', ' ');
}

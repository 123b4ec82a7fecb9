import type { Estimate } from '../support/figures.ts';
import { type Plot, plotSvg } from '../support/plot.ts';
import type { Results } from './results.ts';

/** The plots that the results there are can be drawn as, by the name of their file. */
export function plotsOf(results: Results): Record<string, Plot> {
  const plots: Record<string, Plot> = {};
  const rollback = results['rollback-sizes'];
  if (rollback !== undefined)
    plots['rollback-sizes.svg'] = {
      title: 'Reversing STEP 19',
      size: 'orders',
      panels: [
        {
          cost: 'time, ms',
          series: [
            { name: 'deploy-guard', points: rollback.sizes.map((at) => [at.orders, at.productMs]) },
            {
              name: 'migrate-mongo, one statement',
              points: rollback.sizes.map((at) => [at.orders, at.migrateMongoMs]),
            },
          ],
        },
      ],
    };
  const verify = results['verify-sizes'];
  if (verify !== undefined)
    plots['verify-sizes.svg'] = {
      title: 'Verifying targets that answer at once, ten samples each',
      size: 'targets',
      panels: [
        {
          cost: 'time, ms',
          series: [
            { name: 'deploy-guard', points: verify.sizes.map((at) => [at.targets, at.gateMs]) },
            { name: 'bare undici loop', points: verify.sizes.map((at) => [at.targets, at.loopMs]) },
          ],
        },
      ],
    };
  const alert = results['alert-sizes'];
  if (alert !== undefined)
    plots['alert-sizes.svg'] = {
      title: 'Deciding over alerts, state read and written',
      size: 'alerts in one run',
      panels: [
        {
          cost: 'time, ms',
          series: [
            { name: 'policy and state', points: alert.sizes.map((at) => [at.alerts, at.policyMs]) },
            { name: 'that state through JSON', points: alert.sizes.map((at) => [at.alerts, at.jsonMs]) },
          ],
        },
      ],
    };
  const monitor = results['monitor-sizes'];
  if (monitor !== undefined)
    plots['monitor-sizes.svg'] = {
      title: 'Counting requests over distinct paths',
      size: 'distinct paths',
      panels: [
        {
          cost: 'time a request, ns',
          series: [
            { name: 'deploy-guard/monitor', points: monitor.sizes.map((at) => [at.paths, at.monitorNs]) },
            {
              name: 'prom-client, labelled by path',
              points: monitor.sizes.map((at) => [at.paths, at.promClientNs]),
            },
          ],
        },
        {
          cost: 'memory held, MB (at least 0.01)',
          series: [
            {
              name: 'deploy-guard/monitor',
              points: monitor.sizes.map((at) => [at.paths, atLeastShown(at.monitorMb)]),
            },
            {
              name: 'prom-client, labelled by path',
              points: monitor.sizes.map((at) => [at.paths, atLeastShown(at.promClientMb)]),
            },
          ],
        },
      ],
    };
  return plots;
}

export async function drawn(results: Results): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const [name, plot] of Object.entries(plotsOf(results))) files[name] = await plotSvg(plot);
  return files;
}

/** What a garbage collection found beside can make the difference less than nothing; a logarithm has none of that. */
function atLeastShown({ value, low, high, rounds }: Estimate): Estimate {
  const shown = (megabytes: number) => Math.max(megabytes, 0.01);
  return { value: shown(value), low: shown(low), high: shown(high), rounds };
}

import { OLDEST_NODE } from '../../support/node-version.ts';
import { about, type Finding } from './finding.ts';

/** The Node that runs this. An older one than the oldest never comes here. */
export function checkNode(version: string): Finding {
  const { ok, warning } = about('node', 'Node');
  const major = Number(version.split('.')[0]);
  if (major === 24) return ok(`${version}, as the action runs on`);
  if (major % 2 === 1)
    return warning(`${version}: odd versions of Node are supported for months only`, 'Install Node 24.');
  return ok(`${version} (${OLDEST_NODE} or newer is needed; the action runs on 24)`);
}

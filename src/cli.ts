#!/usr/bin/env node
import { nodeProblem } from './support/node-version.ts';

// Everything else is imported behind this check: on an older Node it would not even load.
const problem = nodeProblem(process.versions.node);
if (problem === undefined) await import('./cli-run.ts');
else {
  process.stderr.write(`deploy-guard: ${problem}\n`);
  process.exitCode = 2;
}

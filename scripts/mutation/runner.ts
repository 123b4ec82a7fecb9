/**
 * Runs tests against mutants within one process, for Stryker. Its own runner for Vitest starts a worker with all
 * modules anew for each mutant, a hundred times the cost: these tests take a millisecond, and there are thousands of mutants.
 *
 * What a mutant leaves behind in a module (a cache, say) could make a later one seem killed. So whenever a test
 * fails, it is run once more without the mutant: if it still fails, the process is given up, and the next mutants get a fresh one.
 */
import { globSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { InstrumenterContext } from '@stryker-mutator/api/core';
import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  type DryRunResult,
  DryRunStatus,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestResult,
  type TestRunner,
  TestStatus,
} from '@stryker-mutator/api/test-runner';
import fc from 'fast-check';
import { collect, type KnownTest, tests } from './in-process.ts';

const standIn = new URL('in-process.ts', import.meta.url).href;

/** What the mutated code reads and writes, by Stryker's contract. */
const shared: InstrumenterContext = {};
Object.assign(globalThis, { __stryker__: shared });
// That a property fails is enough; for which smallest case it does would take long.
fc.configureGlobal({ endOnFailure: true });

class InProcessRunner implements TestRunner {
  #loaded = false;
  #runs = 0;
  #spoilt = false;

  capabilities() {
    // Stryker would start a process for each mutant in code that also runs while modules load. It need not: see below.
    return { reloadEnvironment: true };
  }

  async dryRun(): Promise<DryRunResult> {
    await this.#load();
    const results: TestResult[] = [];
    for (const test of tests) {
      shared.currentTestId = test.id;
      results.push(await outcomeOf(test));
    }
    delete shared.currentTestId;
    return {
      status: DryRunStatus.Complete,
      tests: results,
      ...(shared.mutantCoverage ? { mutantCoverage: shared.mutantCoverage } : {}),
    };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    // Stryker answers with a new process, and the same mutant again.
    if (this.#spoilt) throw new Error('an earlier mutant has left something behind in this process');
    this.#runs++;
    const { activeMutant, mutantActivation, hitLimit, testFilter } = options;
    if (mutantActivation === 'runtime') await this.#load();
    else {
      // This one has to be there before the first module is.
      if (this.#loaded) throw new Error('the modules are loaded already');
      this.#spoilt = true;
    }
    shared.hitCount = 0;
    if (hitLimit !== undefined) shared.hitLimit = hitLimit;
    shared.activeMutant = activeMutant.id;
    try {
      await this.#load();
      const wanted = testFilter ? new Set(testFilter) : undefined;
      return await this.#firstFailure(wanted ? tests.filter(({ id }) => wanted.has(id)) : tests);
    } catch (error) {
      this.#spoilt = true;
      return {
        status: MutantRunStatus.Killed,
        killedBy: ['load'],
        failureMessage: String(error),
        nrOfTests: 0,
      };
    } finally {
      delete shared.activeMutant;
    }
  }

  async #firstFailure(wanted: readonly KnownTest[]): Promise<MutantRunResult> {
    for (const [index, test] of wanted.entries()) {
      const result = await outcomeOf(test);
      if (shared.hitLimit !== undefined && (shared.hitCount ?? 0) > shared.hitLimit) {
        return { status: MutantRunStatus.Timeout, reason: 'it ran a line more often than any loop should' };
      }
      if (result.status !== TestStatus.Failed) continue;
      delete shared.activeMutant;
      if ((await outcomeOf(test)).status === TestStatus.Failed) {
        this.#spoilt = true;
        if (this.#runs > 1) throw new Error(`'${test.id}' fails without a mutant too`);
      }
      return {
        status: MutantRunStatus.Killed,
        killedBy: [test.id],
        failureMessage: result.failureMessage,
        nrOfTests: index + 1,
      };
    }
    return { status: MutantRunStatus.Survived, nrOfTests: wanted.length };
  }

  async #load(): Promise<void> {
    if (this.#loaded) return;
    this.#loaded = true;
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === 'vitest' ? { url: standIn, shortCircuit: true } : next(specifier, context),
    });
    for (const file of globSync((process.env.MUTATION_TESTS ?? '').split('\n')).sort()) {
      await collect(file, () => import(pathToFileURL(resolve(file)).href));
    }
  }
}

async function outcomeOf({ id, run }: KnownTest): Promise<TestResult> {
  const started = performance.now();
  const base = { id, name: id };
  try {
    await run();
    return { ...base, status: TestStatus.Success, timeSpentMs: performance.now() - started };
  } catch (error) {
    const failureMessage = String(error instanceof Error ? error.message : error);
    return { ...base, status: TestStatus.Failed, failureMessage, timeSpentMs: performance.now() - started };
  }
}

export const strykerPlugins = [
  declareFactoryPlugin(
    PluginKind.TestRunner,
    'in-process',
    Object.assign(() => new InProcessRunner(), { inject: [] as [] }),
  ),
];

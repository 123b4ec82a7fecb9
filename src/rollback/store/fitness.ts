import type { Db, Document } from 'mongodb';
import { ConfigurationError } from '../../support/errors.ts';
import type { Problem } from '../../support/problem.ts';
import type { Retry } from '../mongo/retry.ts';
import { AUDIT } from './audit.ts';
import { JOURNAL } from './journal.ts';
import { LEASES } from './lease.ts';
import { OPERATIONS_COLLECTION } from './operations.ts';

const OWN = [JOURNAL, OPERATIONS_COLLECTION, AUDIT, LEASES];

/**
 * Why the state database cannot hold a journal: collections that were made beforehand with options under which
 * entries are dropped, refused or found under another key. Reads only.
 */
export async function stateProblems(state: Db, retry: Retry): Promise<Problem[]> {
  const found = await retry('read the state database', () =>
    state.listCollections({ name: { $in: OWN } }).toArray(),
  );
  return found.flatMap((info) => {
    const wrong = unfit(info.type, (info as Document).options ?? {});
    if (wrong === undefined) return [];
    return {
      code: 'state-unfit',
      where: 'state',
      message: `the collection ${info.name} of the state database ${state.databaseName} ${wrong}, so that it cannot hold what an undo needs`,
      hint: `Rename ${info.name}, or name another state database; the collection is made when it is first needed.`,
    };
  });
}

/** @throws ConfigurationError before the first write */
export async function requireFitState(state: Db, retry: Retry): Promise<void> {
  const problems = await stateProblems(state, retry);
  if (problems.length > 0) throw new ConfigurationError(problems);
}

/** Pure. */
function unfit(type: string | undefined, options: Document): string | undefined {
  if (type === 'view' || options.viewOn) return 'is a view';
  if (type === 'timeseries' || options.timeseries) return 'is a time series';
  if (options.capped) return 'is capped: its oldest entries are dropped';
  if (options.expireAfterSeconds !== undefined) return 'expires its entries';
  const locale = options.collation?.locale;
  if (locale !== undefined && locale !== 'simple') return `compares text by a collation (${locale})`;
  const rules = options.validator !== undefined && Object.keys(options.validator).length > 0;
  return rules && options.validationLevel !== 'off' ? 'has a validator' : undefined;
}

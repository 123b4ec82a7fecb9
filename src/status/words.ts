import type { Verdict } from '../report/vocabulary.ts';

/** A verdict as people see it, on GitHub and on the page. */
export const VERDICT_MARK: Readonly<Record<Verdict, string>> = {
  pass: '✅ pass',
  warn: '⚠️ warn',
  fail: '❌ fail',
  inconclusive: '❔ inconclusive',
  error: '💥 error',
};

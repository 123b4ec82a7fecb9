/**
 * The outcome of `work`, or an error when it does not come within the limit. The work itself goes on: what cannot
 * be told to stop is only not waited for.
 * @throws Error `no answer within … ms`, and what `work` throws
 */
export async function withLimit<T>(work: Promise<T>, limitMs: number, toldMs = limitMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${toldMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
    // Whoever lost the race may still fail; that is known already.
    work.catch(() => {});
  }
}

/**
 * Runs work as a user who may read nothing of this one's: for root, whom no mode of a file keeps out. Only for
 * what goes through the file system; `access(2)` asks for the real user, who stays.
 */
export async function withoutRights<Result>(work: () => Promise<Result> | Result): Promise<Result> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

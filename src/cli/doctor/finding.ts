export const STATUSES = ['ok', 'warning', 'failed', 'not configured'] as const;
export type Status = (typeof STATUSES)[number];

/** What doctor found about one thing, and what to do. */
export interface Finding {
  /** Stable: `mongodb/plan`. */
  readonly id: string;
  /** In words: `MongoDB: plan`. */
  readonly subject: string;
  readonly status: Status;
  /** What was found. No secrets. */
  readonly found: string;
  /** What to do about it, exactly. Always there for `failed`. */
  readonly todo?: string;
}

/** Findings of one subject, with less to write. */
export function about(id: string, subject: string) {
  const finding =
    (status: Status) =>
    (found: string, todo?: string): Finding => ({
      id,
      subject,
      status,
      found,
      ...(todo === undefined ? {} : { todo }),
    });
  return {
    ok: finding('ok'),
    warning: finding('warning'),
    failed: (found: string, todo: string) => finding('failed')(found, todo),
    /** Nothing is given: a failure if the guard file counts on it, else only said. */
    notConfigured: (todo: string, need?: { readonly key: string }) =>
      need === undefined
        ? finding('not configured')('nothing is given', todo)
        : finding('failed')(`the guard file counts on it (\`${need.key}\`), and nothing is given`, todo),
  };
}

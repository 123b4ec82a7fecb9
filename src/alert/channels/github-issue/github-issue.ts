import { cut } from '../../model/text.ts';
import type { Channel } from '../common/channel.ts';
import { type Notification, subjectOf } from '../common/notification.ts';
import type { Attempt } from '../common/retries.ts';
import { issueBody, issueComment, markerOf } from './text.ts';

export interface Issue {
  readonly number: number;
  readonly state: 'open' | 'closed';
  readonly body: string;
  /** Whether it was opened by the login of the token: anyone can write a marker into an issue. */
  readonly own: boolean;
}

/** GitHub's issues of one repository, as the channel uses them. */
export interface IssuePort {
  /** Every open issue with the label, oldest first. */
  listOpen(label: string, signal: AbortSignal): Promise<readonly Issue[]>;
  /** Undefined where it was deleted or moved away. */
  get(number: number, signal: AbortSignal): Promise<Issue | undefined>;
  create(
    issue: { title: string; body: string; labels: readonly string[] },
    signal: AbortSignal,
  ): Promise<Issue>;
  comment(number: number, body: string, signal: AbortSignal): Promise<void>;
  close(number: number, reason: 'completed' | 'duplicate', signal: AbortSignal): Promise<void>;
  reopen(number: number, signal: AbortSignal): Promise<void>;
  /** What an error of this port means, in words and without secrets. */
  explain(error: unknown): { error: string; retry: boolean; retryAfterMs?: number };
}

/**
 * One issue an alert: opened when it fires, commented when it is notified again, closed when it is over.
 * The number is remembered; where it is not, the marker in the body finds the issue again.
 */
export function githubIssueChannel(port: IssuePort, labels: readonly [string, ...string[]]): Channel {
  const deliver = async (notification: Notification, signal: AbortSignal): Promise<Attempt> => {
    const known = await existing(notification, signal);
    if (notification.kind === 'resolved') {
      if (!known) return { ok: true, remark: 'there was no open issue to close' };
      await port.comment(known.number, issueComment(notification), signal);
      if (known.state === 'open') await port.close(known.number, 'completed', signal);
      return { ok: true, reference: String(known.number) };
    }
    if (known) {
      if (known.state === 'closed') await port.reopen(known.number, signal);
      await port.comment(known.number, issueComment(notification), signal);
      return { ok: true, reference: String(known.number) };
    }
    const [{ alert }] = notification.alerts;
    const created = await port.create(
      {
        title: cut(subjectOf(notification), 250),
        body: issueBody(notification),
        labels: [...labels, `severity: ${alert.severity}`],
      },
      signal,
    );
    return { ok: true, reference: String(await oneOnly(created, alert.fingerprint, signal)) };
  };

  const existing = async (notification: Notification, signal: AbortSignal): Promise<Issue | undefined> => {
    const remembered = Number(notification.thread?.reference ?? Number.NaN);
    if (Number.isSafeInteger(remembered)) {
      const issue = await port.get(remembered, signal);
      if (issue?.own) return issue;
    }
    const [{ alert }] = notification.alerts;
    return (await marked(alert.fingerprint, signal))[0];
  };

  const marked = async (fingerprint: string, signal: AbortSignal): Promise<readonly Issue[]> => {
    const marker = markerOf(fingerprint);
    return (await port.listOpen(labels[0], signal)).filter(({ body, own }) => own && body.startsWith(marker));
  };

  /**
   * Two runs without a common memory may both have found none. Each looks again after creating; the lowest
   * number stays, so that all of them come to the same end.
   */
  const oneOnly = async (created: Issue, fingerprint: string, signal: AbortSignal): Promise<number> => {
    const numbers = (await marked(fingerprint, signal)).map(({ number }) => number);
    const first = Math.min(created.number, ...numbers);
    if (first === created.number) return created.number;
    await port.comment(created.number, `Duplicate of #${first}.`, signal);
    await port.close(created.number, 'duplicate', signal);
    return first;
  };

  return {
    name: 'github-issue',
    key: 'github-issue',
    oneMessageEach: true,
    preview: (notification) => `${subjectOf(notification)}\n\n${issueBody(notification)}`,
    async deliver(notification, signal) {
      try {
        return await deliver(notification, signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        return { ok: false, ...port.explain(error) };
      }
    },
  };
}

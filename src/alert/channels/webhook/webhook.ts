import { createHmac } from 'node:crypto';
import type { WebhookOptions } from '../../model/options.ts';
import { cleanLine, cut } from '../../model/text.ts';
import type { Channel } from '../common/channel.ts';
import type { HttpSender } from '../common/http.ts';
import { type Notification, subjectOf } from '../common/notification.ts';
import { type Attempt, retryAfterMs } from '../common/retries.ts';

/** The layout of the body. A change that breaks a reader gets a new number. */
const WEBHOOK_SCHEMA = 'deploy-guard.alert/v1';

const LONGEST_TEXT = 10_000;
const MOST_ALERTS = 500;

/** The decision and the alerts as JSON, POSTed to an address of the user's. */
export function webhookChannel(options: WebhookOptions, http: HttpSender, now: () => number): Channel {
  return {
    name: 'webhook',
    key: 'webhook',
    preview: (notification) => JSON.stringify(webhookBody(notification), undefined, 2),
    async deliver(notification, signal) {
      const body = JSON.stringify(webhookBody(notification));
      const headers: Record<string, string> = {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'deploy-guard',
        'x-deploy-guard-event': notification.kind,
        // The same when the same message has to be sent again: a receiver can leave repeats out.
        'x-deploy-guard-delivery': notification.id,
        'idempotency-key': notification.id,
        ...(options.secret === undefined
          ? {}
          : { 'x-deploy-guard-signature': signatureOf(body, options.secret) }),
      };
      const answer = await http.post(options.url, body, headers, signal);
      if (answer.status >= 200 && answer.status < 300) return { ok: true };
      return refusal(answer.status, answer.body, retryAfterMs(answer.header('retry-after'), now()));
    },
  };
}

/** `sha256=` and the HMAC of the body's bytes in hexadecimal, as GitHub signs its own webhooks. */
function signatureOf(body: string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** What is POSTed. Pure. */
export function webhookBody(notification: Notification) {
  const { id, kind, environment, severity, at, caveat, run } = notification;
  const shown = notification.alerts.slice(0, MOST_ALERTS);
  const { repository, workflow, runId, url, commit, actor } = run;
  return {
    schema: WEBHOOK_SCHEMA,
    id,
    kind,
    sentAt: new Date(at).toISOString(),
    environment,
    severity,
    subject: subjectOf(notification),
    ...(caveat === undefined ? {} : { caveat }),
    alerts: shown.map(({ alert, rule, reason, firedAt, notifiedBefore }) => ({
      fingerprint: alert.fingerprint,
      type: alert.type,
      severity: alert.severity,
      source: cut(alert.source, 500),
      check: cut(alert.check, 500),
      title: cut(alert.title, 500),
      message: cut(alert.message, LONGEST_TEXT),
      labels: alert.labels,
      facts: alert.facts.map(({ label, value }) => ({ label, value: cut(value, LONGEST_TEXT) })),
      firstStep: alert.firstStep ?? null,
      runbook: alert.runbook ?? null,
      firedAt: new Date(firedAt).toISOString(),
      // The name in `deploy-guard.alert/v1`, which its readers count on.
      toldBefore: notifiedBefore,
      decision: { rule, reason },
    })),
    ...(notification.alerts.length > shown.length
      ? { leftOut: notification.alerts.length - shown.length }
      : {}),
    run: { repository, workflow, runId, url, commit, actor },
  };
}

function refusal(status: number, body: string, wait: number | undefined): Attempt {
  const said = cut(cleanLine(body), 200);
  const words =
    status >= 300 && status < 400
      ? ': it redirects, which is not followed; write the address that it leads to'
      : status === 401 || status === 403
        ? ': it does not accept this sender; check webhook-url and webhook-secret'
        : '';
  return {
    ok: false,
    error: `the webhook answered ${status}${said === '' ? '' : ` "${said}"`}${words}`,
    retry: status === 408 || status === 425 || status === 429 || status >= 500,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  };
}

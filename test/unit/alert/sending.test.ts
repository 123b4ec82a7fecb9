import { describe, expect, test } from 'vitest';
import { explainSmtpError } from '../../../src/alert/channels/email/errors.ts';
import { openChannels } from '../../../src/alert/channels/open.ts';
import { EMPTY_MEMORY } from '../../../src/alert/log/memory.ts';
import type { FiringAlert } from '../../../src/alert/model/alert.ts';
import type { GroupPart, SmtpServer } from '../../../src/alert/model/options.ts';
import { judgeFiring } from '../../../src/alert/policy/firing.ts';
import { messagesOf } from '../../../src/alert/send.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { silentLog } from '../../../src/support/log.ts';
import { options } from '../../integration/alert/world.ts';
import { alertOf, NOW, RULES, RUN } from './policy-builders.ts';

describe('which alerts share a message', () => {
  const alerts = [
    alertOf('slow-responses', { source: 'api', severity: 'warning', labels: { team: 'shop' } }),
    alertOf('slow-responses', { source: 'web', severity: 'error', labels: { team: 'shop' } }),
    alertOf('high-cpu', { source: 'api', severity: 'error' }),
    // A label of this name is nobody's team.
    alertOf('high-cpu', { source: 'db', severity: 'error', labels: { constructor: 'shop' } }),
  ];
  const grouped = (groupBy: readonly GroupPart[], of: readonly FiringAlert[] = alerts) => {
    const decisions = of.map((alert) => judgeFiring(alert, undefined, [], RULES, RUN).decision);
    const { channels } = openChannels(options({ channels: ['log'] }), { clock: systemClock, log: silentLog });
    const goals = decisions.map((decision) => ({ ...decision, channels: ['log'] }));
    const run = { actor: 'mona', host: 'h' };
    const context = { environment: 'production', now: NOW, run };
    return messagesOf(goals, EMPTY_MEMORY, channels, groupBy, context).map(({ notification }) =>
      notification.alerts.map(({ alert }) => `${alert.type} ${alert.source}`).sort(),
    );
  };

  test.each<[GroupPart[], string[][]]>([
    [[], [['high-cpu api', 'high-cpu db', 'slow-responses api', 'slow-responses web']]],
    [
      ['type'],
      [
        ['slow-responses api', 'slow-responses web'],
        ['high-cpu api', 'high-cpu db'],
      ],
    ],
    [['source'], [['high-cpu api', 'slow-responses api'], ['slow-responses web'], ['high-cpu db']]],
    [['severity'], [['slow-responses api'], ['high-cpu api', 'high-cpu db', 'slow-responses web']]],
    [
      ['label:team'],
      [
        ['slow-responses api', 'slow-responses web'],
        ['high-cpu api', 'high-cpu db'],
      ],
    ],
    [['label:constructor'], [['high-cpu api', 'slow-responses api', 'slow-responses web'], ['high-cpu db']]],
    [
      ['type', 'source'],
      [['slow-responses api'], ['slow-responses web'], ['high-cpu api'], ['high-cpu db']],
    ],
  ])('by %j', (groupBy, expected) => expect(grouped(groupBy)).toEqual(expected));
});

test.each(['email', 'webhook', 'slack', 'github-issue', 'slack:ops', 'toString'])(
  'a channel that nothing is known of is refused, not left out: %s',
  (key) => {
    const ports = { clock: systemClock, log: silentLog };
    expect(() => openChannels(options({ channels: ['log', key] }), ports)).toThrow(
      `the channel ${key} is not configured`,
    );
  },
);

describe('what a mail server’s refusal means', () => {
  const server = (tls: SmtpServer['tls']): SmtpServer => ({ host: 'mail', port: 587, tls });
  test.each<[string, unknown, SmtpServer['tls'], RegExp, boolean]>([
    [
      'TLS from the start where there is none',
      new Error('wrong version number'),
      'implicit',
      /speaks no TLS/,
      false,
    ],
    [
      'no TLS where there is one',
      new Error('packet length too long'),
      'required',
      /wants TLS from the start; write `smtps:/,
      false,
    ],
    [
      'no envelope that it takes, and no code with it',
      Object.assign(new Error('No recipients defined'), { code: 'EENVELOPE' }),
      'offered',
      /mail:587 refused sender or recipients \(No recipients defined\)/,
      false,
    ],
    ['something that is no error', undefined, 'offered', /could not be reached.*\(unknown error\)/, true],
  ])('%s', (_name, error, tls, words, retry) => {
    const notified = explainSmtpError(error, server(tls));
    expect(notified.error).toMatch(words);
    expect(notified.retry).toBe(retry);
  });
});

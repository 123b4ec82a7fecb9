import { messageOf } from '../../support/errors.ts';
import { httpRequest } from '../../support/http-request.ts';
import { proxyAgent } from '../../support/proxy-agent.ts';
import { about, type Finding } from './finding.ts';

const WEBHOOK = /^https:\/\/hooks\.slack(?:-gov)?\.com\/services\/T[A-Z0-9]+\/B[A-Z0-9]+\/[A-Za-z0-9]{16,}$/;
const WORKFLOW_TRIGGER = /^https:\/\/hooks\.slack(?:-gov)?\.com\/(?:workflows|triggers)\//;

/** The form of a webhook's address. It is not called: a webhook has nothing but posting. */
export function checkSlackWebhook(url: string): Finding {
  const { ok, warning, failed } = about('slack/webhook', 'Slack webhook');
  if (WEBHOOK.test(url))
    return ok('has the form of an incoming webhook; not called, because every call would post');
  if (WORKFLOW_TRIGGER.test(url))
    return failed(
      'is the trigger of a Slack workflow, which takes no messages',
      'Make an incoming webhook in the settings of your Slack app, and store its URL.',
    );
  return warning(
    'is not an address of hooks.slack.com with its three parts',
    'Compare it with https://hooks.slack.com/services/T…/B…/…; the address of a proxy or a test server can look different.',
  );
}

const TODO: Readonly<Record<string, string>> = {
  invalid_auth: 'The token is wrong or of another workspace: copy the Bot User OAuth Token (xoxb-…) again.',
  not_authed: 'The token did not arrive: copy the Bot User OAuth Token (xoxb-…) again.',
  token_revoked: 'The token was revoked: install the Slack app again and store its new token.',
  token_expired: 'The token has expired: install the Slack app again, without token rotation.',
  account_inactive: 'The bot was removed from the workspace: install the Slack app again.',
};

/** `auth.test`: whose the token is, and its scopes. Posts nothing. */
export async function checkSlackToken(
  token: string,
  apiUrl: string,
  channel: string | undefined,
  timeoutMs: number,
): Promise<Finding> {
  const { ok, warning, failed } = about('slack/token', 'Slack token');
  const agent = proxyAgent();
  try {
    const answer = await httpRequest(
      agent,
      new URL('auth.test', apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`),
      {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-www-form-urlencoded' },
        signal: AbortSignal.timeout(timeoutMs),
      },
    );
    const body = (await answer.body.json()) as { ok?: boolean; error?: string; team?: string; user?: string };
    if (body.ok !== true) {
      const error = String(body.error ?? `status ${answer.statusCode}`).slice(0, 100);
      return failed(
        `Slack refused it: ${error}`,
        TODO[error] ??
          'The documentation of auth.test explains this error. If it does not help, make a new token.',
      );
    }
    const scopes = answer.headers['x-oauth-scopes'];
    const list = typeof scopes === 'string' ? scopes.split(/,\s*/) : undefined;
    const who = `${body.user ?? 'a bot'} in ${body.team ?? 'a workspace'}`;
    if (list && !list.includes('chat:write'))
      return failed(
        `is valid (${who}), but lacks the scope chat:write`,
        'Add the bot scope chat:write to the Slack app (chat:write.public for channels it is not a member of), and install it again.',
      );
    if (channel === undefined)
      return warning(
        `is valid (${who}), but no channel is given`,
        'Give --slack-channel, such as --slack-channel "#alerts".',
      );
    return ok(`is valid: ${who}; whether it may post to ${channel} shows with the first message`);
  } catch (error) {
    return failed(
      `Slack could not be reached (${messageOf(error)})`,
      'Check the network, the proxy (HTTPS_PROXY) and --slack-api-url.',
    );
  } finally {
    await agent.destroy();
  }
}

/** What Slack's short codes mean and what to do, for both ways into it. */
const WORDS: Readonly<Record<string, string>> = {
  // Incoming webhooks.
  no_service: 'the webhook was removed or switched off; make a new one and put it into the secret',
  no_team: 'the webhook belongs to no workspace; copy its URL again',
  invalid_token: 'the webhook URL is not whole or was revoked; copy it again',
  action_prohibited: "the workspace's rules forbid this webhook to post",
  posting_to_general_channel_denied: 'only some people may post to that channel',
  // Both.
  channel_not_found: 'there is no such channel, or the app is not in it; invite it with /invite',
  channel_is_archived: 'the channel is archived',
  is_archived: 'the channel is archived',
  no_text: 'the message was empty',
  // The Web API.
  not_authed: 'no token was sent',
  invalid_auth: 'the token is wrong or was revoked; copy the bot token (xoxb-…) again',
  account_inactive: 'the token belongs to an app or user that was removed',
  token_revoked: 'the token was revoked; install the app again and copy its bot token',
  token_expired: 'the token has run out',
  missing_scope:
    'the app lacks a scope; give it chat:write (and chat:write.public for channels it is not in)',
  not_in_channel: 'the app is not in the channel; invite it with /invite, or give it chat:write.public',
  restricted_action: "the workspace's rules forbid this app to post there",
  ekm_access_denied: "the workspace's administrators have suspended posting",
  team_access_not_granted: 'the app may not use this workspace',
};

export function explainSlack(code: string): string {
  return Object.hasOwn(WORDS, code) ? `: ${WORDS[code]}` : '';
}

/** Slack found fault with the content: the same as plain text may pass. */
export function refusesContent(code: string): boolean {
  return /^(invalid_blocks|invalid_blocks_format|invalid_attachments|too_many_attachments|msg_blocks_too_long|msg_too_long|invalid_payload|invalid_arguments)$/.test(
    code,
  );
}

/** It may go away by itself. */
export function isTemporary(status: number, code: string): boolean {
  if (status === 429 || status >= 500) return true;
  return /^(ratelimited|rate_limited|message_limit_exceeded|rollup_error|internal_error|fatal_error|service_unavailable|request_timeout|team_added_to_org)$/.test(
    code,
  );
}

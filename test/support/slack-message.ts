import { type BlockProblem, isObject, lengthOf, validateBlocks } from './slack-blocks.ts';

/** Why Slack would refuse a message: its error code, and details where it gives them. */
export interface Refusal {
  error: string;
  problems: BlockProblem[];
}

const longestText = 40_000;
/** Undocumented; measured by users at about 13,200 characters of all blocks together. */
const longestBlocks = 13_000;
const mostAttachments = 100;

/**
 * Validates a message as chat.postMessage and incoming webhooks do.
 * @returns undefined where Slack takes it
 */
export function refusalOf(message: Record<string, unknown>): Refusal | undefined {
  const { text, blocks, attachments } = message;
  if (text !== undefined && typeof text !== 'string') return refuse('invalid_payload');
  if (isEmpty(text) && isEmpty(blocks) && isEmpty(attachments)) return refuse('no_text');
  if (lengthOf(text ?? '') > longestText) return refuse('msg_too_long');
  if (blocks !== undefined && blocks !== null) {
    if (!Array.isArray(blocks)) return refuse('invalid_blocks_format');
    const problems = validateBlocks(blocks);
    if (problems.length > 0) return { error: 'invalid_blocks', problems };
    if (JSON.stringify(blocks).length > longestBlocks) return refuse('msg_blocks_too_long');
  }
  return attachmentRefusal(attachments);
}

function attachmentRefusal(attachments: unknown): Refusal | undefined {
  if (attachments === undefined || attachments === null) return undefined;
  if (!Array.isArray(attachments)) return refuse('invalid_attachments');
  if (attachments.length > mostAttachments) return refuse('too_many_attachments');
  let size = 0;
  for (const [index, attachment] of attachments.entries()) {
    if (!isObject(attachment)) return refuse('invalid_attachments');
    if (attachment.blocks === undefined) continue;
    const problems = validateBlocks(attachment.blocks, `/attachments/${index}/blocks`);
    if (problems.length > 0) return { error: 'invalid_blocks', problems };
    size += JSON.stringify(attachment.blocks).length;
  }
  return size > longestBlocks ? refuse('msg_blocks_too_long') : undefined;
}

function refuse(error: string): Refusal {
  return { error, problems: [] };
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() === '';
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

const broadcast =
  /<(?:!(?:channel|here|everyone|subteam\^[A-Z0-9]+)(?:\|[^>]*)?|@[UW][A-Z0-9]*(?:\|[^>]*)?)>/g;
const bareBroadcast = /(?<![\w@])@(?:channel|here|everyone)\b/g;

/** Every notification that Slack would send because of what stands in the message: "<!channel>", "<@U123>". */
export function mentionsIn(message: Record<string, unknown>): string[] {
  const texts: string[] = [];
  for (const key of ['text', 'blocks', 'attachments']) collectText(message[key], texts);
  const found = texts.flatMap((text) => text.match(broadcast) ?? []);
  if (message.link_names !== true && message.link_names !== 1 && message.parse !== 'full') return found;
  return [...found, ...texts.flatMap((text) => text.match(bareBroadcast) ?? [])];
}

/** Slack reads markup in every string but those of plain_text and of the text in rich_text. */
function collectText(value: unknown, into: string[]): void {
  if (typeof value === 'string') into.push(value);
  else if (Array.isArray(value)) for (const member of value) collectText(member, into);
  else if (isObject(value) && value.type !== 'plain_text' && value.type !== 'text') {
    for (const member of Object.values(value)) collectText(member, into);
  }
}

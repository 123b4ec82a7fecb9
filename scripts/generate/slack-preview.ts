/**
 * Shows a message of Slack as a page, near enough to judge it by: header, sections, fields, context,
 * buttons, coloured bar. For the pictures in docs/ALERTS.md; Slack itself draws the real thing.
 */

import type { SlackBlock, SlackMessage } from '../../src/alert/channels/slack/blocks.ts';
import { escapeHtml } from '../../src/report/html/text.ts';

export interface PreviewMessage {
  readonly message: SlackMessage;
  readonly time: string;
  /** Shown below its first message, as a reply in the thread. */
  readonly reply?: boolean;
}

export function slackPage(channel: string, messages: readonly PreviewMessage[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(channel)}</title>
<style>
body { margin: 0; background: #fff; color: #1d1c1d; font: 15px/1.47 "Noto Sans", "DejaVu Sans", Arial, sans-serif; }
.channel { border-bottom: 1px solid #ddd; padding: 12px 20px; font-weight: 700; }
.message { display: flex; gap: 10px; padding: 12px 20px; }
.reply { margin-left: 46px; border-left: 2px solid #e8e8e8; }
.icon { width: 36px; height: 36px; border-radius: 6px; background: #1f2937; color: #fff; display: grid; place-items: center; font-weight: 700; flex: none; }
.body { flex: 1; min-width: 0; }
.who { font-weight: 900; } .app { background: #eee; border-radius: 2px; font-size: 10px; padding: 1px 3px; margin: 0 6px; color: #616061; } .time { color: #616061; font-size: 12px; }
h1 { font-size: 17px; margin: 4px 0 6px; }
.attachment { border-left: 4px solid; border-radius: 2px; padding: 2px 0 2px 12px; }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 6px 16px; }
.section, .fields, .actions { margin: 6px 0; overflow-wrap: anywhere; }
.context { color: #616061; font-size: 12px; margin: 6px 0; }
.button { display: inline-block; border: 1px solid #bbb; border-radius: 4px; padding: 4px 12px; font-size: 13px; font-weight: 700; margin-right: 8px; }
.primary { background: #007a5a; border-color: #007a5a; color: #fff; }
</style></head><body><div class="channel">${escapeHtml(channel)}</div>${messages.map(messageHtml).join('')}</body></html>`;
}

function messageHtml({ message, time, reply }: PreviewMessage): string {
  const attachments = (message.attachments ?? []).map(
    ({ color, blocks }) =>
      `<div class="attachment" style="border-color:${color}">${blocks.map(blockHtml).join('')}</div>`,
  );
  return `<div class="message${reply ? ' reply' : ''}"><div class="icon">dg</div><div class="body">
<span class="who">deploy-guard</span><span class="app">APP</span><span class="time">${escapeHtml(time)}</span>
${(message.blocks ?? []).map(blockHtml).join('')}${attachments.join('')}</div></div>`;
}

interface Text {
  readonly type: string;
  readonly text: string;
}

function blockHtml(block: SlackBlock): string {
  if (block.type === 'header') return `<h1>${textHtml(block.text as Text)}</h1>`;
  if (block.type === 'section') {
    const fields = (block.fields as Text[] | undefined)
      ?.map((field) => `<div>${textHtml(field)}</div>`)
      .join('');
    return fields
      ? `<div class="fields">${fields}</div>`
      : `<div class="section">${textHtml(block.text as Text)}</div>`;
  }
  if (block.type === 'context')
    return `<div class="context">${(block.elements as Text[]).map(textHtml).join(' ')}</div>`;
  if (block.type === 'actions') {
    const buttons = block.elements as { text: Text; style?: string }[];
    return `<div class="actions">${buttons.map(({ text, style }) => `<span class="button ${style ?? ''}">${textHtml(text)}</span>`).join('')}</div>`;
  }
  if (block.type === 'rich_text') {
    const [section] = block.elements as { elements: Span[] }[];
    return `<div class="section">${(section?.elements ?? []).map(spanHtml).join('')}</div>`;
  }
  throw new Error(`no preview for a block of type ${block.type}`);
}

interface Span {
  readonly text: string;
  readonly style?: { readonly bold?: boolean; readonly strike?: boolean };
}

function spanHtml({ text, style }: Span): string {
  const shown = escapeHtml(text).replaceAll('\n', '<br>');
  if (style?.bold) return `<b>${shown}</b>`;
  return style?.strike ? `<s>${shown}</s>` : shown;
}

function textHtml({ text }: Text): string {
  return escapeHtml(text).replaceAll('\n', '<br>');
}

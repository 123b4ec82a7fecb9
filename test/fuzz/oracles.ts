import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { type DefaultTreeAdapterTypes, parse, parseFragment } from 'parse5';
import { mentionsIn } from '../support/slack-message.ts';

/** Readers other than our own: what a runner, a browser, GitHub, Slack or a mail program makes of a text. */

type Element = DefaultTreeAdapterTypes.Element;

function elementsOf(root: DefaultTreeAdapterTypes.ParentNode): Element[] {
  const found: Element[] = [];
  const open: DefaultTreeAdapterTypes.Node[] = [...root.childNodes];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if ('tagName' in node) found.push(node);
    if ('childNodes' in node) open.push(...node.childNodes);
    if ('content' in node)
      open.push(...(node as unknown as { content: { childNodes: Element[] } }).content.childNodes);
  }
  return found;
}

const HTML_OF_SUMMARY = new Set(
  'h1 h2 h3 h4 h5 h6 p br strong em code pre table thead tbody tr th td ul ol li blockquote details summary hr a del'.split(
    ' ',
  ),
);

/**
 * Reads Markdown as GitHub does, HTML included.
 * @throws Error on an element, attribute or link that text from outside has made
 */
export function assertHarmlessMarkdown(
  markdown: string,
  options: { links?: RegExp; quotes?: boolean } = {},
): void {
  const html = micromark(markdown, {
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
    allowDangerousHtml: true,
  });
  for (const element of elementsOf(parseFragment(html))) {
    if (!HTML_OF_SUMMARY.has(element.tagName))
      throw new Error(`<${element.tagName}> in the Markdown: ${around(html, `<${element.tagName}`)}`);
    for (const { name, value } of element.attrs) {
      const fine =
        (element.tagName === 'code' &&
          name === 'class' &&
          /^language-(text|mermaid|json|diff)$/.test(value)) ||
        (element.tagName === 'details' && name === 'open') ||
        name === 'align' ||
        (element.tagName === 'a' && name === 'href' && (options.links?.test(value) ?? false));
      if (!fine) throw new Error(`<${element.tagName} ${name}="${value}"> in the Markdown`);
    }
  }
  const outside = html
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<(pre|code)\b[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, '');
  const mention = /(?<![\w`/])@[A-Za-z0-9][\w-]*|(?<![\w&])#\d+\b|\bGH-\d+\b|[\w-]+\/[\w.-]+#\d+/.exec(
    outside.replace(/&#?\w+;/g, (entity) => (entity === '&amp;' ? '&' : ' ')),
  );
  if (mention)
    throw new Error(
      `GitHub would link ${mention[0]}: …${outside.slice(Math.max(0, mention.index - 40), mention.index + 40)}…`,
    );
}

function around(text: string, part: string): string {
  const at = text.indexOf(part);
  return text.slice(Math.max(0, at - 60), at + 100);
}

/**
 * Reads a page as a browser does.
 * @throws Error on scripts, handlers, addresses and elements that text from outside has made
 */
export function assertHarmlessHtml(html: string, elements: ReadonlySet<string>, links: RegExp): void {
  for (const element of elementsOf(parse(html))) {
    if (!elements.has(element.tagName)) throw new Error(`<${element.tagName}> in the page`);
    for (const { name, value } of element.attrs) {
      if (/^on/i.test(name)) throw new Error(`the handler ${name} in the page`);
      if (
        ['href', 'src', 'action', 'formaction', 'srcset', 'xlink:href', 'data'].includes(name) &&
        !links.test(value)
      ) {
        throw new Error(`the address ${name}="${value}" in the page`);
      }
    }
  }
}

/** Commands that the runner would take out of a process's output. */
export function commandsIn(output: string): string[] {
  return output.split(/\r\n|\r|\n/).flatMap((line) => {
    // ActionCommand.TryParseV2: white space, then `::name … ::`. TryParse: `##[` anywhere in the line.
    const trimmed = line.replace(/^[\s\u0085]+/, '');
    if (/^::[^:]+.*::/s.test(trimmed)) return [trimmed];
    const old = line.indexOf('##[');
    return old >= 0 && line.indexOf(']', old) > old ? [line.slice(old, old + 80)] : [];
  });
}

/**
 * What Slack makes of a message.
 * @throws Error where it would call people together, or make a link of text
 */
export function assertHarmlessSlack(message: unknown, address: RegExp): void {
  const payload = JSON.parse(JSON.stringify(message)) as Record<string, unknown>;
  const mentions = mentionsIn({ ...payload, link_names: true });
  if (mentions.length > 0) throw new Error(`Slack would mention ${mentions.join(' ')}`);
  const texts: string[] = [];
  collect(payload, texts);
  for (const text of texts) {
    for (const [whole, inner] of text.matchAll(/<([^<>]*)>/g)) {
      if (!address.test(inner ?? '')) throw new Error(`Slack would read ${whole} as markup`);
    }
  }
}

/** Every string that Slack reads as its markup. */
function collect(value: unknown, into: string[]): void {
  if (Array.isArray(value)) for (const one of value) collect(one, into);
  else if (typeof value === 'object' && value !== null) {
    const record = value as Record<string, unknown>;
    if (record.type === 'plain_text' || record.type === 'text') return;
    for (const one of Object.values(record)) collect(one, into);
  } else if (typeof value === 'string') into.push(value);
}

import { describe, expect, test } from 'vitest';
import { validateBlocks } from '../../support/slack-blocks.ts';
import { mentionsIn, refusalOf } from '../../support/slack-message.ts';

const text = (length: number): string => 'x'.repeat(length);
const plain = (length: number) => ({ type: 'plain_text', text: text(length), emoji: true });
const mrkdwn = (length: number) => ({ type: 'mrkdwn', text: text(length) });
const section = (length = 5) => ({ type: 'section', text: mrkdwn(length) });
const button = (more: object = {}) => ({ type: 'button', text: plain(5), ...more });
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe('blocks that Slack takes', () => {
  test.each<[string, unknown[]]>([
    ['every kind at once', [{ type: 'header', text: plain(5) }, section(), { type: 'divider' }]],
    ['header of 150', [{ type: 'header', text: plain(150) }]],
    ['section of 3000', [section(3_000)]],
    ['section with 10 fields of 2000', [{ type: 'section', fields: times(10, () => mrkdwn(2_000)) }]],
    ['context of 10', [{ type: 'context', elements: times(10, () => mrkdwn(5)) }]],
    ['actions of 25', [actions(...times(25, (index) => button({ action_id: `a${index}` })))]],
    ['button of 75', [actions(button({ text: plain(75) }))]],
    ['button with a URL of 3000', [actions(button({ url: `https://a.b/${text(2_988)}` }))]],
    ['block_id of 255', [{ ...section(), block_id: text(255) }]],
    ['image', [{ type: 'image', image_url: 'https://a.b/c.png', alt_text: 'c' }]],
    ['section with an accessory', [{ ...section(), accessory: button() }]],
    ['50 blocks', times(50, () => ({ type: 'divider' }))],
  ])('%s', (_name, blocks) => {
    expect(validateBlocks(blocks)).toEqual([]);
  });
});

describe('blocks that Slack refuses', () => {
  test.each<[string, unknown, string, RegExp]>([
    ['no list', {}, '/blocks', /must be an array/],
    ['51 blocks', times(51, () => ({ type: 'divider' })), '/blocks', /no more than 50/],
    ['no type', [{ text: mrkdwn(1) }], '/blocks/0', /required field: type/],
    ['unknown type', [{ type: 'sektion' }], '/blocks/0/type', /unsupported type/],
    ['a type that every object has', [{ type: 'constructor' }], '/blocks/0/type', /unsupported type/],
    ['unknown key', [{ ...section(), colour: 'red' }], '/blocks/0', /additional property: colour/],
    [
      'unknown key in a text',
      [{ type: 'section', text: { ...mrkdwn(1), x: 1 } }],
      '/blocks/0/text',
      /property: x/,
    ],
    ['header of 151', [{ type: 'header', text: plain(151) }], '/blocks/0/text/text', /less than 151/],
    ['header of mrkdwn', [{ type: 'header', text: mrkdwn(5) }], '/blocks/0/text/type', /plain_text/],
    [
      'emoji on mrkdwn',
      [{ type: 'section', text: { ...mrkdwn(1), emoji: true } }],
      '/blocks/0/text',
      /emoji/,
    ],
    ['section of 3001', [section(3_001)], '/blocks/0/text/text', /less than 3001/],
    ['empty text', [section(0)], '/blocks/0/text/text', /more than 0/],
    ['section without text', [{ type: 'section' }], '/blocks/0', /`text` or `fields`/],
    [
      '11 fields',
      [{ type: 'section', fields: times(11, () => mrkdwn(1)) }],
      '/blocks/0/fields',
      /more than 10/,
    ],
    ['no fields', [{ type: 'section', fields: [] }], '/blocks/0/fields', /less than 1/],
    ['field of 2001', [{ type: 'section', fields: [mrkdwn(2_001)] }], '/blocks/0/fields/0/text', /2001/],
    [
      'context of 11',
      [{ type: 'context', elements: times(11, () => mrkdwn(1)) }],
      '/blocks/0/elements',
      /10/,
    ],
    ['context of none', [{ type: 'context', elements: [] }], '/blocks/0/elements', /no less than 1/],
    ['26 buttons', [actions(...times(26, () => button()))], '/blocks/0/elements', /no more than 25/],
    [
      'button of 76',
      [actions(button({ text: plain(76) }))],
      '/blocks/0/elements/0/text/text',
      /less than 76/,
    ],
    ['button of mrkdwn', [actions(button({ text: mrkdwn(5) }))], '/blocks/0/elements/0/text/type', /plain/],
    [
      'button URL of 3001',
      [actions(button({ url: `https://a.b/${text(2_989)}` }))],
      '/blocks/0/elements/0/url',
      /3001/,
    ],
    ['button URL that is none', [actions(button({ url: 'a.b' }))], '/blocks/0/elements/0/url', /valid URL/],
    ['button style', [actions(button({ style: 'green' }))], '/blocks/0/elements/0/style', /primary, danger/],
    [
      'action_id of 256',
      [actions(button({ action_id: text(256) }))],
      '/blocks/0/elements/0/action_id',
      /256/,
    ],
    [
      'the same action_id twice',
      [actions(button({ action_id: 'a' }), button({ action_id: 'a' }))],
      '/blocks/0/elements/1/action_id',
      /already exists/,
    ],
    [
      'the same block_id twice',
      [
        { ...section(), block_id: 'a' },
        { ...section(), block_id: 'a' },
      ],
      '/blocks/1',
      /already exists/,
    ],
    ['block_id of 256', [{ ...section(), block_id: text(256) }], '/blocks/0/block_id', /less than 256/],
    ['image without alt_text', [{ type: 'image', image_url: 'https://a.b' }], '/blocks/0', /alt_text/],
    ['text that is a string', [{ type: 'section', text: 'hello' }], '/blocks/0/text', /text object/],
  ])('%s', (_name, blocks, pointer, message) => {
    const problems = validateBlocks(blocks);
    expect(problems).toContainEqual({ pointer, message: expect.stringMatching(message) });
  });
});

describe('messages', () => {
  test.each<[string, Record<string, unknown>, string | undefined]>([
    ['text alone', { text: 'hello' }, undefined],
    ['nothing', {}, 'no_text'],
    ['empty text and no blocks', { text: ' ', blocks: [] }, 'no_text'],
    ['text of 40000', { text: text(40_000) }, undefined],
    ['text of 40001', { text: text(40_001) }, 'msg_too_long'],
    ['blocks of one object', { blocks: {} }, 'invalid_blocks_format'],
    ['one bad block', { blocks: [{ type: 'x' }] }, 'invalid_blocks'],
    ['blocks too long together', { blocks: times(5, () => section(2_900)) }, 'msg_blocks_too_long'],
    ['bad block in an attachment', { attachments: [{ blocks: [{ type: 'x' }] }] }, 'invalid_blocks'],
    ['101 attachments', { attachments: times(101, () => ({ text: 'a' })) }, 'too_many_attachments'],
    ['good attachment', { attachments: [{ color: '#ff0000', blocks: [section()] }] }, undefined],
  ])('%s → %s', (_name, message, error) => {
    expect(refusalOf(message)?.error).toBe(error);
  });

  test.each<[string, Record<string, unknown>, string[]]>([
    ['in text', { text: 'look <!channel> and <@U012AB>' }, ['<!channel>', '<@U012AB>']],
    ['with a label', { text: '<!here|here> <!subteam^S0123|ops>' }, ['<!here|here>', '<!subteam^S0123|ops>']],
    [
      'in a block',
      { blocks: [{ type: 'section', text: { type: 'mrkdwn', text: '<!everyone>' } }] },
      ['<!everyone>'],
    ],
    [
      'not in plain_text',
      { blocks: [{ type: 'header', text: { type: 'plain_text', text: '<!channel>' } }] },
      [],
    ],
    ['escaped', { text: '&lt;!channel&gt; @channel' }, []],
    ['bare, with link_names', { text: '@channel', link_names: true }, ['@channel']],
    ['in an attachment', { attachments: [{ pretext: '<!channel>' }] }, ['<!channel>']],
  ])('mentions %s', (_name, message, mentions) => {
    expect(mentionsIn(message)).toEqual(mentions);
  });
});

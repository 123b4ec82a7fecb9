/** One thing that Slack refuses, worded and placed as its API does it. */
export interface BlockProblem {
  message: string;
  /** JSON pointer into the payload */
  pointer: string;
}

type Json = Record<string, unknown>;
type Check = (value: unknown, at: string, problems: BlockProblem[]) => void;

/** Slack's documented limits. */
const limits = {
  blocks: 50,
  headerText: 150,
  sectionText: 3_000,
  sectionFields: 10,
  fieldText: 2_000,
  contextElements: 10,
  actionElements: 25,
  buttonText: 75,
  url: 3_000,
  buttonValue: 2_000,
  id: 255,
  altText: 2_000,
  titleText: 2_000,
  markdownText: 12_000,
};

/** Validates `blocks` of a message; an empty list means that Slack takes them. */
export function validateBlocks(blocks: unknown, at = '/blocks'): BlockProblem[] {
  const problems: BlockProblem[] = [];
  if (!Array.isArray(blocks)) return [{ message: 'must be an array', pointer: at }];
  if (blocks.length > limits.blocks) {
    problems.push({ message: `no more than ${limits.blocks} items allowed`, pointer: at });
  }
  const ids = new Set<unknown>();
  blocks.forEach((block, index) => {
    const pointer = `${at}/${index}`;
    checkBlock(block, pointer, problems);
    if (!isObject(block) || block.block_id === undefined) return;
    if (ids.has(block.block_id)) problems.push({ message: '`block_id` already exists', pointer });
    ids.add(block.block_id);
  });
  return problems;
}

const blockChecks: Record<string, Check> = {
  divider: object({}),
  header: object({ text: plainText(limits.headerText) }, ['text']),
  markdown: object({ text: string(1, limits.markdownText) }, ['text']),
  image: object(imageShape(true), ['alt_text']),
  context: object({ elements: list(1, limits.contextElements, contextElement) }, ['elements']),
  actions: object({ elements: list(1, limits.actionElements, element) }, ['elements']),
  section: object({
    text: anyText(limits.sectionText),
    fields: list(1, limits.sectionFields, anyText(limits.fieldText)),
    accessory: element,
    expand: boolean,
  }),
  rich_text: object({ elements: list(1, Number.POSITIVE_INFINITY, richTextElement) }, ['elements']),
};

function checkBlock(block: unknown, at: string, problems: BlockProblem[]): void {
  if (!isObject(block)) {
    problems.push({ message: 'must be an object', pointer: at });
    return;
  }
  if (block.type === undefined) {
    problems.push({ message: 'missing required field: type', pointer: at });
    return;
  }
  const check = Object.entries(blockChecks).find(([type]) => type === block.type)?.[1];
  if (check === undefined) {
    problems.push({ message: `unsupported type: ${String(block.type)}`, pointer: `${at}/type` });
    return;
  }
  const { block_id: id, ...rest } = block;
  if (id !== undefined) string(1, limits.id)(id, `${at}/block_id`, problems);
  check(rest, at, problems);
  if (block.type === 'section' && block.text === undefined && block.fields === undefined) {
    problems.push({ message: 'must define either `text` or `fields`', pointer: at });
  }
  if (block.type === 'image') requireImage(block, at, problems);
  if (block.type === 'actions') uniqueActionIds(block.elements, `${at}/elements`, problems);
}

function element(value: unknown, at: string, problems: BlockProblem[]): void {
  if (!isObject(value)) {
    problems.push({ message: 'must be an object', pointer: at });
  } else if (value.type === 'button') {
    object(
      {
        text: plainText(limits.buttonText),
        action_id: string(1, limits.id),
        url: link,
        value: string(1, limits.buttonValue),
        style: oneOf('primary', 'danger'),
        accessibility_label: string(1, limits.buttonText),
      },
      ['text'],
    )(value, at, problems);
  } else if (value.type === 'image') {
    image(value, at, problems);
  } else {
    problems.push({ message: `unsupported type: ${String(value.type)}`, pointer: `${at}/type` });
  }
}

function contextElement(value: unknown, at: string, problems: BlockProblem[]): void {
  if (isObject(value) && value.type === 'image') image(value, at, problems);
  else anyText(limits.sectionText)(value, at, problems);
}

function image(value: Json, at: string, problems: BlockProblem[]): void {
  object(imageShape(false), ['alt_text'])(value, at, problems);
  requireImage(value, at, problems);
}

function imageShape(titled: boolean): Record<string, Check> {
  const shape = { image_url: link, slack_file: anything, alt_text: string(1, limits.altText) };
  return titled ? { ...shape, title: plainText(limits.titleText) } : shape;
}

function requireImage(value: Json, at: string, problems: BlockProblem[]): void {
  if (value.image_url === undefined && value.slack_file === undefined) {
    problems.push({ message: 'must define either `image_url` or `slack_file`', pointer: at });
  }
}

function richTextElement(value: unknown, at: string, problems: BlockProblem[]): void {
  const types = ['rich_text_section', 'rich_text_list', 'rich_text_preformatted', 'rich_text_quote'];
  if (!isObject(value) || !types.includes(String(value.type))) {
    problems.push({ message: 'unsupported rich text element', pointer: at });
  } else if (!Array.isArray(value.elements)) {
    problems.push({ message: 'missing required field: elements', pointer: at });
  }
}

function uniqueActionIds(elements: unknown, at: string, problems: BlockProblem[]): void {
  const seen = new Set<unknown>();
  for (const [index, one] of Array.isArray(elements) ? elements.entries() : []) {
    if (!isObject(one) || one.action_id === undefined) continue;
    if (seen.has(one.action_id)) {
      problems.push({ message: '`action_id` already exists', pointer: `${at}/${index}/action_id` });
    }
    seen.add(one.action_id);
  }
}

function anyText(longest: number): Check {
  return (value, at, problems) => {
    if (!isObject(value)) {
      problems.push({ message: 'must be a text object', pointer: at });
      return;
    }
    const own: Record<string, Check> =
      value.type === 'plain_text' ? { emoji: boolean } : { verbatim: boolean };
    oneOf('plain_text', 'mrkdwn')(value.type, `${at}/type`, problems);
    object({ text: string(1, longest), ...own }, ['text'])(value, at, problems);
  };
}

function plainText(longest: number): Check {
  return (value, at, problems) => {
    if (isObject(value)) oneOf('plain_text')(value.type, `${at}/type`, problems);
    if (isObject(value) && value.type !== 'plain_text') return;
    anyText(longest)(value, at, problems);
  };
}

function object(shape: Record<string, Check>, required: string[] = []): Check {
  return (value, at, problems) => {
    if (!isObject(value)) {
      problems.push({ message: 'must be an object', pointer: at });
      return;
    }
    for (const key of required) {
      if (value[key] === undefined) problems.push({ message: `missing required field: ${key}`, pointer: at });
    }
    for (const [key, member] of Object.entries(value)) {
      if (key === 'type' || member === undefined) continue;
      const check = Object.hasOwn(shape, key) ? shape[key] : undefined;
      if (check === undefined) problems.push({ message: `invalid additional property: ${key}`, pointer: at });
      else check(member, `${at}/${key}`, problems);
    }
  };
}

function list(fewest: number, most: number, check: Check): Check {
  return (value, at, problems) => {
    if (!Array.isArray(value)) {
      problems.push({ message: 'must be an array', pointer: at });
      return;
    }
    if (value.length < fewest)
      problems.push({ message: `no less than ${fewest} items allowed`, pointer: at });
    if (value.length > most) problems.push({ message: `no more than ${most} items allowed`, pointer: at });
    value.forEach((member, index) => {
      check(member, `${at}/${index}`, problems);
    });
  };
}

function string(shortest: number, longest: number): Check {
  return (value, at, problems) => {
    if (typeof value !== 'string') {
      problems.push({ message: 'must be a string', pointer: at });
      return;
    }
    const count = lengthOf(value);
    if (count < shortest)
      problems.push({ message: `must be more than ${shortest - 1} characters`, pointer: at });
    if (count > longest)
      problems.push({ message: `must be less than ${longest + 1} characters`, pointer: at });
  };
}

function link(value: unknown, at: string, problems: BlockProblem[]): void {
  string(1, limits.url)(value, at, problems);
  if (typeof value === 'string' && !/^https?:\/\//.test(value)) {
    problems.push({ message: 'must be a valid URL', pointer: at });
  }
}

function boolean(value: unknown, at: string, problems: BlockProblem[]): void {
  if (typeof value !== 'boolean') problems.push({ message: 'must be a boolean', pointer: at });
}

function anything(): void {}

function oneOf(...values: string[]): Check {
  return (value, at, problems) => {
    if (!values.includes(String(value))) {
      problems.push({ message: `must be one of ${values.join(', ')}`, pointer: at });
    }
  };
}

/** In UTF-16 units: an emoji counts twice. Where Slack's own count is not documented, the stricter one is safe. */
export function lengthOf(text: string): number {
  return text.length;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

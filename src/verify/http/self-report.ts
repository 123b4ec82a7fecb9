import { shorten } from '../../support/format.ts';
import type { HttpAnswer } from './client.ts';
import { headerOf } from './content.ts';
import { type HealthWord, healthOf, reportedHealth } from './health-words.ts';
import { looksLikeJson, parseJson, topMembers } from './json.ts';

/** What an answer says of itself though its status says that all is well. */
export interface SelfReport {
  /** `bad`: a healthy service does not answer so. `suspicious`: it may be what was meant. */
  readonly kind: 'bad' | 'suspicious';
  readonly words: string;
}

/** Titles of the pages that servers, balancers and frameworks make when something is wrong. */
const ERROR_PAGE =
  /^\W*(error )?(5\d\d(\W*$|\W+(error|internal|bad|service|server|gateway|temporar|unavailable|web ))|internal server error|bad gateway|service (temporarily )?unavailable|gateway time-?out|web server is down|application error|unhandled exception|server error)/i;
const SUSPICIOUS_PAGE =
  /(^\W*(error )?4\d\d(\W*$|\W+(error|not|forbidden|unauthori|bad|page))|^\W*(page )?not found|\bmaintenance\b|welcome to nginx|apache2? .*default page|^index of \/|^iis windows)/i;
const LOGIN_PAGE = /(^|[|·:–—-] )(please )?(log|sign)[ -]?in($| to\b| [|·:–—-])/i;
const TITLE = /<title[^>]*>([^<]{0,200})/i;

/** A word that stands alone is a status; a sentence is not. */
const LONGEST_WORD = 60;

/**
 * Errors that come with status 200: a page of the balancer's, a health endpoint that says DOWN, in JSON or as a
 * word. Pure.
 */
export function selfReportOf(
  answer: Pick<HttpAnswer, 'head' | 'headers' | 'unknownEncoding'>,
): SelfReport | undefined {
  const { head, unknownEncoding } = answer;
  if (unknownEncoding !== undefined) {
    return {
      kind: 'suspicious',
      words: `the answer was encoded as '${shown(unknownEncoding)}', which cannot be decoded`,
    };
  }
  if (looksLikeJson(head)) return ofJson(head.toString('utf8'));
  if (firstByte(head) === OPENING_ANGLE) {
    return /html|^$/i.test(headerOf(answer.headers, 'content-type') ?? '') ? ofPage(head) : undefined;
  }
  return head.length <= LONGEST_WORD ? ofText(head.toString('utf8').replace(/^\uFEFF/, '')) : undefined;
}

const OPENING_ANGLE = 0x3c;

function firstByte(head: Buffer): number | undefined {
  for (const byte of head) if (byte > 0x20 && byte < 0x80) return byte;
  return undefined;
}

function ofPage(head: Buffer): SelfReport | undefined {
  const title = TITLE.exec(head.toString('utf8'))?.[1]?.replace(/\s+/g, ' ').trim() ?? '';
  if (ERROR_PAGE.test(title)) return { kind: 'bad', words: `answered with the error page “${shown(title)}”` };
  return SUSPICIOUS_PAGE.test(title) || LOGIN_PAGE.test(title)
    ? { kind: 'suspicious', words: `a page called “${shown(title)}” answered` }
    : undefined;
}

function ofJson(text: string): SelfReport | undefined {
  const reported = reportedHealth(membersOf(text));
  return reported && said(reported.word, reported.health);
}

/** `Unhealthy`: ASP.NET's health checks answer with the word alone. */
function ofText(text: string): SelfReport | undefined {
  const word = text.trim().replace(/^"(.*)"$/s, '$1');
  return said(word, healthOf(word));
}

function said(word: string, health: HealthWord | undefined): SelfReport | undefined {
  if (health === 'unhealthy') return { kind: 'bad', words: `answered that its status is ${shown(word)}` };
  return health === 'degraded'
    ? { kind: 'suspicious', words: `it says that its status is ${shown(word)}` }
    : undefined;
}

/** The members of a JSON object; those before the cut of one that is cut off. */
function membersOf(text: string): ReadonlyMap<string, unknown> {
  try {
    const json = parseJson(text);
    return new Map(
      typeof json === 'object' && json !== null && !Array.isArray(json) ? Object.entries(json) : [],
    );
  } catch {
    return topMembers(text);
  }
}

function shown(text: string): string {
  return shorten(text, 60);
}

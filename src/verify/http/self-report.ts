import { shorten } from '../../support/format.ts';
import type { HttpAnswer } from './client.ts';
import { headerOf } from './content.ts';

/** What an answer says of itself though its status says that all is well. */
export interface SelfReport {
  /** `bad`: it is no answer of a healthy service. `doubtful`: it may well be what was meant. */
  readonly kind: 'bad' | 'doubtful';
  readonly words: string;
}

const DOWN =
  /^(down|out[_ -]of[_ -]service|unhealthy|fail|failed|failing|error|critical|unavailable|offline)$/i;
const DEGRADED = /^(degraded|warn|warning|partial|unknown|starting)$/i;
/** Titles of the pages that servers, balancers and frameworks make when something is wrong. */
const ERROR_PAGE =
  /^\W*(error )?(5\d\d(\W*$|\W+(error|internal|bad|service|server|gateway|temporar|unavailable|web ))|internal server error|bad gateway|service (temporarily )?unavailable|gateway time-?out|web server is down|application error|unhandled exception|server error)/i;
const DOUBTFUL_PAGE =
  /(^\W*(error )?4\d\d(\W*$|\W+(error|not|forbidden|unauthori|bad|page))|^\W*(page )?not found|\bmaintenance\b|welcome to nginx|apache2? .*default page|^index of \/|^iis windows)/i;
const LOGIN_PAGE = /(^|[|·:–—-] )(please )?(log|sign)[ -]?in($| to\b| [|·:–—-])/i;
const TITLE = /<title[^>]*>([^<]{0,200})/i;

/**
 * Errors that come with status 200: a page of the balancer's, a health endpoint that says DOWN. Looks at the
 * beginning of the answer alone, which is where such answers say it. Pure.
 */
export function selfReportOf(answer: Pick<HttpAnswer, 'head' | 'headers'>): SelfReport | undefined {
  const { head } = answer;
  const first = firstByte(head);
  if (first === OPENING_BRACE) return ofJson(head.toString('utf8'));
  if (first !== OPENING_ANGLE || !/html|^$/i.test(headerOf(answer.headers, 'content-type') ?? ''))
    return undefined;
  const title = TITLE.exec(head.toString('utf8'))?.[1]?.replace(/\s+/g, ' ').trim() ?? '';
  if (ERROR_PAGE.test(title)) return { kind: 'bad', words: `answered with the error page “${shown(title)}”` };
  return DOUBTFUL_PAGE.test(title) || LOGIN_PAGE.test(title)
    ? { kind: 'doubtful', words: `a page called “${shown(title)}” answered` }
    : undefined;
}

const OPENING_BRACE = 0x7b;
const OPENING_ANGLE = 0x3c;

function firstByte(head: Buffer): number | undefined {
  for (const byte of head) if (byte > 0x20 && byte < 0x80) return byte;
  return undefined;
}

/** The status at the top of a health endpoint's JSON; of a long answer only where it stands first. */
function ofJson(text: string): SelfReport | undefined {
  const status = statusOf(text);
  if (status === undefined) return undefined;
  if (DOWN.test(status)) return { kind: 'bad', words: `answered that its status is ${shown(status)}` };
  return DEGRADED.test(status)
    ? { kind: 'doubtful', words: `it says that its status is ${shown(status)}` }
    : undefined;
}

function statusOf(text: string): string | undefined {
  try {
    const json = JSON.parse(text) as { status?: unknown };
    return typeof json.status === 'string' ? json.status.trim() : undefined;
  } catch {
    // Cut off, most likely.
    return /^\s*\{\s*"status"\s*:\s*"([^"\\]{0,40})"/.exec(text)?.[1]?.trim();
  }
}

function shown(text: string): string {
  return shorten(text, 60);
}

import { ownLogin } from './actor.ts';
import { type GithubSource, githubClient } from './client.ts';

/** GitHub refuses longer comments. */
const LONGEST = 65_000;
const MOST_PAGES = 20;

/**
 * Keeps one comment on a pull request, told by a hidden mark, and updates it in place. Needs the permission
 * `pull-requests: write`.
 * @returns a function that shows Markdown there
 */
export function pullRequestComment(
  source: GithubSource & {
    readonly pullRequest: number;
    /** Names the comment, so that several environments have one each. */
    readonly key: string;
  },
): (markdown: string) => Promise<void> {
  const [owner = '', repo = ''] = source.repository.split('/');
  const mark = `<!-- deploy-guard:${inMark(source.key)} -->`;
  return async (markdown) => {
    const github = githubClient(source);
    const login = await ownLogin(github);
    const body = `${mark}\n${cut(markdown, LONGEST - mark.length - 1)}`;
    for (let page = 1; page <= MOST_PAGES; page++) {
      const { data } = await github('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
        owner,
        repo,
        issue_number: source.pullRequest,
        per_page: 100,
        page,
      });
      // Anyone can write the mark into a comment, other bots too; only our own is ours to change.
      const own = data.find(({ body: text, user }) => text?.startsWith(mark) && user?.login === login);
      if (own) {
        await github('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
          owner,
          repo,
          comment_id: own.id,
          body,
        });
        return;
      }
      if (data.length < 100) break;
    }
    await github('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      owner,
      repo,
      issue_number: source.pullRequest,
      body,
    });
  };
}

/** One to one: names that differ in any letter must not share a comment. Nothing in it can end the HTML comment. */
function inMark(key: string): string {
  return key.replace(/[^\w./ -]/gu, (letter) => `%${letter.codePointAt(0)?.toString(16)};`);
}

function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const note = '\n\n… cut; the job summary shows all of it.';
  return `${text.slice(0, length - note.length)}${note}`;
}

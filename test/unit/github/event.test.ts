import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pullRequestOf, type RunEvent, unmergedReason } from '../../../src/github/event.ts';

const MAIN = 'refs/heads/main';
const event = (name: string | undefined, payload?: object, ref: string | undefined = MAIN): RunEvent => ({
  name,
  ref,
  payload: payload as RunEvent['payload'],
});
const repository = { full_name: 'octo-org/shop', default_branch: 'main' };
const workflowRun = (run: object) => ({
  repository,
  workflow_run: {
    event: 'push',
    head_branch: 'main',
    head_repository: { full_name: 'octo-org/shop' },
    pull_requests: [],
    ...run,
  },
});
const checks = (suite: object) => ({ repository, check_run: { check_suite: suite, pull_requests: [] } });

describe('code counts as merged', () => {
  test.each<[string, RunEvent]>([
    ['a push', event('push', { ref: MAIN })],
    ['a push whose payload cannot be read', event('push')],
    ['a push to another branch of the repository', event('push', {}, 'refs/heads/feature')],
    ['a tag', event('release', {}, 'refs/tags/v1')],
    ['a schedule', event('schedule', {})],
    ['a run by hand', event('workflow_dispatch', { inputs: {} })],
    ['a comment on an issue', event('issue_comment', { issue: { number: 3 } })],
    ['a run after a push to the default branch', event('workflow_run', workflowRun({}))],
    [
      'a run after a push to the default branch from which a pull request leads elsewhere',
      event('workflow_run', workflowRun({ pull_requests: [{ number: 9 }] })),
    ],
    ['a run after a push to a branch', event('workflow_run', workflowRun({ head_branch: 'release' }))],
    ['checks of the default branch', event('check_run', checks({ head_branch: 'main' }))],
  ])('%s', (_name, given) => expect(unmergedReason(given)).toBeUndefined());
});

describe('code counts as not merged', () => {
  test.each<[string, RunEvent]>([
    ['pull_request', event('pull_request', { pull_request: { number: 7 } })],
    ['pull_request without a payload', event('pull_request')],
    ['pull_request_target on the base branch', event('pull_request_target', { pull_request: { number: 7 } })],
    ['a review', event('pull_request_review')],
    ['a comment of a review', event('pull_request_review_comment')],
    ['an event that GitHub adds to this family', event('pull_request_something_new')],
    ['a merge group', event('merge_group')],
    ['a ref of a pull request on any event', event('push', {}, 'refs/pull/7/merge')],
    [
      'the ref of a merge queue on any event',
      event('push', {}, 'refs/heads/gh-readonly-queue/main/pr-7-abc'),
    ],
    ['a comment on a pull request', event('issue_comment', { issue: { number: 7, pull_request: {} } })],
    ['a comment whose payload cannot be read', event('issue_comment')],
    ['any event with a pull request in its payload', event('push', { pull_request: { number: 7 } })],
    ['a pull request without a number', event('push', { pull_request: {} })],
    ['a run of a pull request', event('workflow_run', workflowRun({ event: 'pull_request' }))],
    ['a run of a run', event('workflow_run', workflowRun({ event: 'workflow_run' }))],
    ['a run of an unknown event', event('workflow_run', workflowRun({ event: 7 }))],
    ['a run of a fork', event('workflow_run', workflowRun({ head_repository: { full_name: 'x/shop' } }))],
    ['a run of no repository', event('workflow_run', workflowRun({ head_repository: null }))],
    [
      'a run of a branch with a pull request',
      event('workflow_run', workflowRun({ head_branch: 'f', pull_requests: [{ number: 7 }] })),
    ],
    [
      'a run without a list of pull requests',
      event('workflow_run', workflowRun({ head_branch: 'f', pull_requests: 0 })),
    ],
    ['a run whose payload cannot be read', event('workflow_run')],
    ['a run whose payload says nothing', event('workflow_run', {})],
    ['checks of another branch', event('check_run', checks({ head_branch: 'f', pull_requests: [] }))],
    [
      'checks of a fork, which has no branch',
      event('check_suite', { repository, check_suite: { head_branch: null } }),
    ],
    ['an unknown event', event('brand_new_event', {})],
    ['no event at all', event(undefined)],
    ['a deployment of a commit, which has no ref', { name: 'deployment', ref: undefined, payload: {} }],
  ])('%s', (_name, given) => expect(unmergedReason(given)).toMatch(/^the (event|ref) is /));

  test('whatever the payload of a pull request holds, the code is not merged', () => {
    fc.assert(
      fc.property(
        fc.object(),
        fc.constantFrom('push', 'schedule', 'issues', 'workflow_run'),
        (payload, name) => {
          const given = { ...payload, pull_request: { number: 7 } };
          expect(unmergedReason(event(name, given))).toBeDefined();
        },
      ),
    );
  });

  test('no payload makes the decision fail', () => {
    const keys = [
      'issue',
      'pull_request',
      'workflow_run',
      'repository',
      'check_run',
      'check_suite',
      'head_branch',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom('issue_comment', 'workflow_run', 'check_run', 'check_suite'),
        fc.dictionary(fc.constantFrom(...keys), fc.anything()),
        (name, payload) => {
          const reason = unmergedReason(event(name, payload));
          expect(reason === undefined || reason.length > 0).toBe(true);
        },
      ),
    );
  });
});

test.each<[number | undefined, RunEvent]>([
  [7, event('pull_request', { pull_request: { number: 7 } })],
  [8, event('issue_comment', { issue: { number: 8, pull_request: {} } })],
  [9, event('push', {}, 'refs/pull/9/merge')],
  [undefined, event('issue_comment', { issue: { number: 8 } })],
  [undefined, event('pull_request', { number: '7' })],
])('the number of the pull request is %j', (number, given) => expect(pullRequestOf(given)).toBe(number));

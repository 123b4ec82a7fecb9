/** Calls of the command line that produce a text of docs/TROUBLESHOOTING.md, shown to do so in test/e2e. */
export interface TroubleshootingCase {
  /** the heading; `…` stands for anything */
  readonly heading: string;
  /** `URL` stands for a target that answers, `FOLDER` for an empty folder */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** written to FOLDER before */
  readonly files?: Readonly<Record<string, string>>;
}

const verify = ['verify', '--targets=api=URL', '--interval=5ms'];
const mongo = (uri: string) => ({ DEPLOY_GUARD_MONGODB_URI: uri });

export const TROUBLESHOOTING_CASES: readonly TroubleshootingCase[] = [
  { heading: '… is not a known option', args: ['verify', '--targts=x'] },
  {
    heading: '… is a secret, and other users of a machine can read the options of a command',
    args: ['verify', '--bearer-token=abcdef'],
  },
  {
    heading: 'the environment variable … is not known and has no effect',
    args: verify,
    env: { DEPLOY_GUARD_SAMPELS: '3' },
  },
  { heading: 'config: cannot read …', args: [...verify, '--config=FOLDER/none.yml'] },
  {
    heading: 'unknown key …',
    args: [...verify, '--config=FOLDER/a.yml'],
    files: { 'a.yml': 'environment: x\ntresholds: []\n' },
  },
  {
    heading: 'not valid YAML: …',
    args: [...verify, '--config=FOLDER/b.yml'],
    files: { 'b.yml': 'environment: "x\n' },
  },
  {
    heading:
      'dry-run: is false, but the event is …: code that is not merged must not change or send anything',
    args: [...verify, '--dry-run=false'],
    env: { GITHUB_EVENT_NAME: 'pull_request' },
  },
  { heading: 'report-path: cannot write …', args: [...verify, '--report-path=FOLDER'] },
  { heading: 'there is nothing to verify', args: ['verify'] },
  { heading: '… needs MongoDB', args: [...verify, '--thresholds=mongodb_up: rate==1'] },
  { heading: '… is not a duration', args: [...verify, '--timeout=30'] },
  {
    heading: '… needs … samples, there are …',
    args: [...verify, '--samples=5', '--thresholds=http_req_duration: p(95)<5s'],
  },
  {
    heading: 'the baseline could not be read: …',
    files: { state: '' },
    args: [
      ...verify,
      '--baseline=compare',
      '--state=file:FOLDER/state/below',
      '--thresholds=http_req_duration: p(95)<=+500%',
    ],
  },
  { heading: 'mongodb-uri: names no database', args: verify, env: mongo('mongodb://127.0.0.1:1/') },
  {
    heading: 'mongodb-uri: has more than one @; in user and password it must be percent-encoded',
    args: verify,
    env: mongo('mongodb://me:p@ss@127.0.0.1:1/shop'),
  },
  { heading: 'mongodb-uri: does not start with …', args: verify, env: mongo('http://127.0.0.1/') },
  {
    heading: 'No state: duplicates cannot be suppressed between runs',
    args: ['alert', '--title=x', '--channels=log', '--dry-run'],
  },
  {
    heading: 'channels: names …, but it is not configured',
    args: ['alert', '--title=x', '--channels=slack'],
  },
  {
    heading: 'mongodb-uri: is required for mode rollback',
    args: ['rollback', '--operation=plan', '--steps=19'],
  },
  {
    heading: 'operation: is required',
    args: ['rollback', '--steps=19'],
    env: mongo('mongodb://127.0.0.1:1/shop'),
  },
  {
    heading: 'confirm: is missing; …',
    args: ['rollback', '--operation=apply', '--steps=21', '--required-permission=none'],
    env: mongo('mongodb://127.0.0.1:1/shop'),
  },
  {
    heading: 'the permission of … cannot be checked without a token; … is required',
    args: ['rollback', '--operation=apply', '--steps=19'],
    env: { ...mongo('mongodb://127.0.0.1:1/shop'), GITHUB_REPOSITORY: 'octo-org/shop' },
  },
];

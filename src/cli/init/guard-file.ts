import { Document, type Scalar, visit } from 'yaml';
import { Problems } from '../../settings/context/problems.ts';
import { parseGuardFile } from '../../settings/guard-file/read.ts';
import { guardFileSchema } from '../../settings/guard-file/schema.ts';
import { DEFAULT_CONFIG } from '../../settings/inputs/common.ts';
import type { Answers } from './answers.ts';

/** Editors check the file by its first line; the schema is that of the version which the workflows run. */
function header(uses: string): string {
  const [, repository = '', ref = ''] = /^([\w.-]+\/[\w.-]+)[^@]*@(.+)$/.exec(uses) ?? [];
  const schema = `https://raw.githubusercontent.com/${repository}/${ref}/docs/schema/guard-file.schema.json`;
  return ` yaml-language-server: $schema=${schema}
 The guard file of deploy-guard, written by \`deploy-guard init\`. It is yours to change.
 Every key: ${schema}
 Secrets do not belong here.`;
}

const COMMENTS: Readonly<Record<string, string>> = {
  targets: ' What is probed.',
  thresholds: ' What is judged. A level after "warn" is reported, but does not fail.',
  mongodb: ' Collections to count, and the indexes that they must have.',
  alerts: ' Where alerts are sent. The secrets come from the workflow.',
};

/** The text of the guard file. Pure, but for its own check. @throws Error if it would not be valid, which would be a bug. */
export function guardFileText(answers: Answers): string {
  const { targets, mongodb, channels } = answers;
  const document = new Document({
    environment: answers.environment,
    ...(targets.length > 0 ? { targets } : {}),
    thresholds: [
      ...(targets.length > 0
        ? ['http_req_failed: rate<1%', 'http_req_duration: p(95)<1s, warn p(95)<500ms']
        : []),
      ...(mongodb ? ['mongodb_up: rate==1'] : []),
    ],
    ...(mongodb ? { mongodb: { collections: [] } } : {}),
    ...(channels.length > 0
      ? {
          alerts: {
            channels: [...channels, 'log'],
            ...(answers.emailFrom === undefined ? {} : { 'email-from': answers.emailFrom }),
            ...(answers.emailTo.length > 0 ? { 'email-to': answers.emailTo } : {}),
            'repeat-interval': '4h',
          },
        }
      : {}),
  });
  document.commentBefore = header(answers.uses);
  visit(document, {
    Pair(_at, pair, path) {
      const name = (pair.key as Scalar<string>).value;
      const comment = path.length === 2 ? COMMENTS[name] : undefined;
      if (comment === undefined) return;
      (pair.key as Scalar).commentBefore = comment;
      (pair.key as Scalar).spaceBefore = true;
    },
  });
  const text = document.toString({ lineWidth: 110 });
  const problems = new Problems();
  parseGuardFile(DEFAULT_CONFIG, text, guardFileSchema, problems);
  problems.throwIfAny();
  return text;
}

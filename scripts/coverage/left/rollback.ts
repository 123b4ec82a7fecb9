import type { Left } from '../left.ts';

export const ROLLBACK_LEFT: readonly Left[] = [
  {
    why: 'The default is for the type alone: the index is within the list, or the pattern cut out of the text, by what the lines around it do.',
    branches: [
      ['src/rollback/bson/driver-value.ts', 'const subtype = bytes[4] ?? 0;'],
      ['src/rollback/bson/raw.ts', 'const type = bytes[at] ?? 0;'],
      ['src/rollback/steps/validate.ts', "from.indexOf(from[index] ?? '')"],
      ['src/rollback/mongo/collections.ts', "path.split('.')[0] ?? path"],
      ['src/rollback/store/journal.ts', '(fold[index] ?? 0) ^ (byte ?? 0)'],
      ['src/rollback/run/pipeline.ts', 'if (written !== undefined) committing'],
      ['src/rollback/plan/markdown.ts', "details[index]?.impact ?? ''"],
      ['src/rollback/plan/markdown.ts', 'details[index]?.lines ?? []'],
      ['src/rollback/commands/result.ts', 'details?.impact ?? definition.effect'],
      ['src/rollback/commands/result.ts', 'details?.lines ?? []'],
      ['src/rollback/specs/validator-rules.ts', "value.get(head ?? '')"],
      ['src/rollback/specs/validator-rules.ts', 'if (head === undefined) return schema;'],
      ['src/rollback/run/context.ts', "step.units[unit]?.collection ?? ''"],
    ],
  },
  {
    why: 'The default is for the type alone: what may be missing in one kind of record, batch, state or result, or at another time, is always there in the kind, and at the time, that comes here.',
    branches: [
      [
        'src/rollback/run/document-run.ts',
        'batch.lastId ? new Binary(idBytes(batch.lastId)) : record.lastId',
      ],
      ['src/rollback/commands/apply.ts', "if (made === undefined) throw new Error('there is no plan');"],
      ['src/rollback/commands/overlap.ts', 'step.token ?? operation.token, than.token ?? original.token'],
      ['src/rollback/commands/overlap.ts', "await operations.find(operation.of ?? '')"],
      ['src/rollback/run/throttle.ts', 'this.#atStart ?? 0'],
      ['src/rollback/plan/details.ts', "if (unit.kind !== 'documents') return"],
      ['src/rollback/plan/plan.ts', 'before?.bytes ?? new Uint8Array()'],
      ['src/rollback/run/restore-documents.ts', 'if (batch.lastId) record.lastId'],
      ['src/rollback/commands/restore.ts', "const of = record.of ?? '';"],
      ['src/rollback/commands/restore.ts', '? `operation ${original._id} was restored already'],
      ['src/rollback/commands/result.ts', "bad.error ?? 'unknown error'"],
      ['src/rollback/commands/resume.ts', "record.of ?? ''"],
      ['src/rollback/commands/resume.ts', "operation.of ?? ''"],
      ['src/rollback/rollback.ts', 'if (result.rollback) result.rollback.history'],
      ['src/rollback/specs/rename-spec.ts', 'current?.bytes ?? writeElements([])'],
      ['src/rollback/specs/validator-spec.ts', 'to === undefined ? [] : readElements(to.bytes)'],
    ],
  },
  {
    why: 'The server always answers otherwise: an upsert that returns the document after it has one, and every document that is read with its `_id` has one, and a refused write is named by its position in what was sent.',
    branches: [
      ['src/rollback/store/journal.ts', 'if (item === undefined || digest === undefined) continue;'],
      [
        'src/rollback/store/lease.ts',
        "if (found === null) throw new Error('the lease could not be read back');",
      ],
      ['src/rollback/mongo/scan.ts', 'came without _id'],
      ['src/rollback/run/write.ts', 'if (id) found.set(identityKey(id), elements);'],
    ],
  },
  {
    why: 'What is in the journal was judged writable, whole and in its parts, before it was journalled, and each entry carries its hash; only a bug of ours puts another value there.',
    branches: [
      [
        'src/rollback/run/restore-documents.ts',
        'if (!isConflict(part)) await writeItems(target, [part], false);',
      ],
      ['src/rollback/run/restore-documents.ts', 'if (isConflict(prepared)) refused.push(prepared);'],
      ['src/rollback/run/verify-restore.ts', 'if (isConflict(prepared)) continue;'],
    ],
  },
  {
    why: 'The journal of a change of a specification holds one entry, under the name of that change, and none is ever noted there as certainly unwritten; only a bug of ours makes it otherwise.',
    branches: [
      ['src/rollback/run/apply-spec.ts', 'is not in the journal'],
      ['src/rollback/run/apply-spec.ts', 'if (entry.id.type === rawOf'],
      ['src/rollback/commands/restore.ts', 'if (entry.conflict !== undefined) continue;'],
    ],
  },
  {
    why: 'Places are counted off the record itself; only a bug of ours asks for one that is not there.',
    branches: [
      ['src/rollback/run/context.ts', 'if (step === undefined)'],
      ['src/rollback/run/context.ts', 'if (unit === undefined)'],
    ],
  },
  {
    why: 'The keys of one object are never equal, so that a comparison of two never comes to 0.',
    branches: [['src/rollback/plan/canonical.ts', 'a > b ? 1 : 0']],
  },
];

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changelogSection, releaseChangelog } from '../../../scripts/release/changelog.ts';
import { namedVersions, stamp, stampsOf } from '../../../scripts/release/stamps.ts';
import { majorTag, movesMajorTag, parseTag, type Version } from '../../../scripts/release/version.ts';

function version(tag: string): Version {
  const parsed = parseTag(tag);
  if (!parsed) throw new Error(`${tag} is no version`);
  return parsed;
}

describe('tags', () => {
  test.each(['1.2.3', 'v1', 'v1.2', 'v01.2.3', 'v1.2.3+build', 'v1.2.3-', 'v1.2.3 ', 'v1.2.3;rm', ''])(
    '%j is none of a version',
    (tag) => expect(parseTag(tag)).toBeUndefined(),
  );
  test('a version and its parts', () => {
    expect(parseTag('v10.0.3-rc.1')).toEqual({
      tag: 'v10.0.3-rc.1',
      text: '10.0.3-rc.1',
      major: 10,
      minor: 0,
      patch: 3,
      pre: 'rc.1',
    });
    expect(majorTag(version('v0.4.2'))).toBe('v0');
  });

  test.each([
    ['v1.2.4', ['v1.2.3', 'v0.9.0', 'v1'], true],
    ['v1.2.4', ['v1.3.0'], false],
    ['v1.2.4', ['v1.3.0-rc.1', 'v2.0.0', 'v1.2.4'], true],
    ['v1.3.0-rc.1', ['v1.2.3'], false],
    ['v1.10.0', ['v1.9.0'], true],
  ])('%s after %j moves the major tag: %s', (tag, tags, moves) => {
    expect(movesMajorTag(version(tag), tags)).toBe(moves);
  });

  test('in whatever order they are released, the major tag ends at the newest', () => {
    const releases = fc.uniqueArray(fc.tuple(fc.nat(20), fc.nat(20)), {
      selector: ([minor, patch]) => `${minor}.${patch}`,
      minLength: 1,
    });
    fc.assert(
      fc.property(releases, (parts) => {
        let at = '';
        const tags: string[] = [];
        for (const [minor, patch] of parts) {
          const tag = `v1.${minor}.${patch}`;
          if (movesMajorTag(version(tag), tags)) at = tag;
          tags.push(tag);
        }
        const [minor, patch] =
          parts.toSorted((one, other) => other[0] - one[0] || other[1] - one[1])[0] ?? [];
        expect(at).toBe(`v1.${minor}.${patch}`);
      }),
    );
  });
});

describe('the changelog', () => {
  const text = '# Changelog\n\n## Unreleased\n\n### Added\n\n- a\n\n## 1.0.0 - 2026-01-01\n\n- first\n';
  test('gives a version’s own part', () => {
    expect(changelogSection(text, '1.0.0')).toBe('- first');
    expect(changelogSection(text, '1.0')).toBeUndefined();
    expect(changelogSection('## [1.0.0] - 2026\n- x\n', '1.0.0')).toBe('- x');
  });
  test('what is unreleased becomes a version', () => {
    const released = releaseChangelog(text, '1.1.0', '2026-11-23');
    expect(changelogSection(released, '1.1.0')).toBe('### Added\n\n- a');
    expect(changelogSection(released, 'Unreleased')).toBe('');
    expect(released).toContain('## 1.1.0 - 2026-11-23');
    expect(() => releaseChangelog(released, '1.2.0', '2026-11-24')).toThrow('nothing below Unreleased');
    expect(() => releaseChangelog(text, '1.0.0', '2026-11-24')).toThrow('has 1.0.0 already');
  });
});

describe('stamps', () => {
  const line = "ref: ${{ job.workflow_sha || 'v0.1.0' }}";
  test('are read and written where the workflow falls back, and nowhere else', () => {
    const text = `${line}\nname: \${{ inputs.x || 'deploy-guard/deploy-guard' }}\n${line}`;
    expect(stampsOf(text)).toEqual(['v0.1.0', 'v0.1.0']);
    expect(stampsOf(stamp(text, 'v2.0.0-rc.1'))).toEqual(['v2.0.0-rc.1', 'v2.0.0-rc.1']);
    expect(stamp(stamp(text, 'v2.0.0'), 'v0.1.0')).toBe(text);
  });
  test('versions that a text names', () => {
    expect(
      namedVersions(
        'uses: deploy-guard/deploy-guard@v0\n`deploy-guard/deploy-guard/.github/workflows/verify.yml@v0.1.0`. deploy-guard/deploy-guard/summary@v1.',
      ),
    ).toEqual(['v0', 'v0.1.0', 'v1']);
  });
});

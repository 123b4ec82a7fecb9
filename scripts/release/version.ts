/** A released version: `v1.2.3` or `v1.2.3-rc.1`. */
export interface Version {
  tag: string;
  /** without the v */
  text: string;
  major: number;
  minor: number;
  patch: number;
  /** `rc.1`; empty for a release proper */
  pre: string;
}

/** @returns undefined where the text is no tag of a version; build metadata has no place in one */
export function parseTag(tag: string): Version | undefined {
  const match = /^v((0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?)$/.exec(
    tag,
  );
  if (!match) return undefined;
  const [, text = '', major, minor, patch, pre = ''] = match;
  return { tag, text, major: Number(major), minor: Number(minor), patch: Number(patch), pre };
}

/** The tag that moves along with the releases of a major version. */
export function majorTag(version: Version): string {
  return `v${version.major}`;
}

/**
 * Whether the major tag moves to this release: not to a pre-release, and never back to an older one,
 * as when 1.2.4 is released after 1.3.0.
 * @param tags every tag there is
 */
export function movesMajorTag(version: Version, tags: readonly string[]): boolean {
  if (version.pre !== '') return false;
  return tags
    .flatMap((tag) => parseTag(tag) ?? [])
    .filter((other) => other.pre === '' && other.major === version.major)
    .every(
      (other) =>
        other.minor < version.minor || (other.minor === version.minor && other.patch <= version.patch),
    );
}

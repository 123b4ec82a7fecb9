/** A version's own part of CHANGELOG.md, without its heading; undefined where there is none. */
export function changelogSection(changelog: string, version: string): string | undefined {
  const sections = changelog.split(/^## /m).slice(1);
  const found = sections.find((section) => /^\[?([^\]\s]+)/.exec(section)?.[1] === version);
  return found?.slice(found.indexOf('\n') + 1).trim();
}

/**
 * The changelog with what is below `Unreleased` as a version of a day, and an empty `Unreleased` above it.
 * @param day ISO date
 * @throws Error where nothing is to be released
 */
export function releaseChangelog(changelog: string, version: string, day: string): string {
  if (!changelogSection(changelog, 'Unreleased'))
    throw new Error('CHANGELOG.md has nothing below Unreleased');
  if (changelogSection(changelog, version) !== undefined)
    throw new Error(`CHANGELOG.md has ${version} already`);
  return changelog.replace(/^## \[?Unreleased\]?.*$/m, `## Unreleased\n\n## ${version} - ${day}`);
}

/** The database that a valid connection string names, undefined where it names none. */
export function databaseOfUri(uri: string): string | undefined {
  const path = /^[^/]+:\/\/[^/]+\/([^?]*)/.exec(uri)?.[1];
  return path ? decodeURIComponent(path) : undefined;
}

/** What is wrong with a connection string, in words that repeat nothing of it. Opens no connection. */
export async function uriProblem(uri: string): Promise<string | undefined> {
  // The cheap half first, so that an obvious mistake does not load the driver.
  if (!/^mongodb(\+srv)?:\/\/./.test(uri)) return 'does not start with `mongodb://` or `mongodb+srv://`';
  // The driver takes everything up to the last @ for one thing, and then finds no host.
  if ((/^[^/]+:\/\/([^/]*)/.exec(uri)?.[1]?.match(/@/g)?.length ?? 0) > 1) {
    return 'has more than one @; in user and password it must be percent-encoded as `%40`';
  }
  const { mongodbUriProblem } = await import('./client.ts');
  return mongodbUriProblem(uri);
}

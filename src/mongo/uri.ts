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
  // A password with one of these ends the host for the driver, which then asks for HOST:PORT.
  const beforeOptions = uri.replace(/^[^/]+:\/\//, '').split('?')[0] ?? '';
  const at = beforeOptions.lastIndexOf('@');
  if (at > 0 && /[/#]/.test(beforeOptions.slice(0, at))) {
    return 'has a `/` or `#` in user or password that must be percent-encoded; write `%2F` for / and `%23` for #';
  }
  const { mongodbUriProblem } = await import('./client.ts');
  return mongodbUriProblem(uri);
}

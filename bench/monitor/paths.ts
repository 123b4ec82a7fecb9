/** Names without digits: no two fall under one template, so every one asks for a row of its own. */
export function pathOf(index: number): string {
  const name = index.toString(26).replace(/\d/g, (digit) => 'qrstuvwxyz'[Number(digit)] ?? 'q');
  // Out of bytes, so that the text takes its final form now and not when it is first read.
  return Buffer.from(`/made-up/${name}`).toString('latin1');
}

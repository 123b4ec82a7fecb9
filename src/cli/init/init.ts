import type { Session } from '../session.ts';
export async function init(_session: Session): Promise<number> {
  throw new Error('not yet');
}

import type { Session } from '../session.ts';
export async function doctor(_session: Session): Promise<number> {
  throw new Error('not yet');
}

import type { Dispatcher } from 'undici';
import apiRequest from 'undici/lib/api/api-request.js';

type RequestOptions = Omit<Dispatcher.RequestOptions, 'origin' | 'path' | 'method'> & {
  readonly method?: Dispatcher.HttpMethod;
};

/** undici's `request`, on a dispatcher that the caller chooses and closes. */
export function httpRequest(
  dispatcher: Dispatcher,
  url: string | URL,
  options: RequestOptions = {},
): Promise<Dispatcher.ResponseData> {
  const { origin, pathname, search } = new URL(url);
  return apiRequest.call(dispatcher, {
    method: 'GET',
    ...options,
    origin,
    path: `${pathname}${search}`,
  }) as Promise<Dispatcher.ResponseData>;
}

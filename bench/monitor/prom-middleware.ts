import type { IncomingMessage, ServerResponse } from 'node:http';
import { Counter, Histogram, Registry } from 'prom-client';

/** What is mounted today: a duration histogram and a counter, labelled by method, route and status. */
export function promMiddleware(
  registry = new Registry(),
): (request: IncomingMessage, response: ServerResponse) => void {
  const labelNames = ['method', 'route', 'code'] as const;
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'duration',
    labelNames,
    registers: [registry],
  });
  const total = new Counter({
    name: 'http_requests_total',
    help: 'total',
    labelNames,
    registers: [registry],
  });
  return (request, response) => {
    const end = duration.startTimer();
    response.on('finish', () => {
      const labels = {
        method: request.method ?? 'GET',
        route: (request.url ?? '/').split('?', 1)[0]?.replace(/\/\d+(?=\/|$)/g, '/:id') ?? '/',
        code: response.statusCode,
      };
      total.inc(labels);
      end(labels);
    });
  };
}

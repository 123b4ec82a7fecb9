import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Endpoints } from '../endpoints/endpoints.ts';
import type { RecentErrors } from '../requests/recent-errors.ts';
import { addressOf } from './node.ts';
import type { FastifyPlugin } from './ports.ts';
import type { RequestWatch } from './request-watch.ts';

interface FastifyRequestPort {
  readonly raw: IncomingMessage;
  readonly url: string;
  readonly method: string;
  readonly ip?: string;
  readonly headers: { readonly authorization?: string };
  readonly routeOptions?: { readonly url?: string | undefined };
}

interface FastifyReplyPort {
  readonly raw: ServerResponse;
  code(statusCode: number): FastifyReplyPort;
  headers(headers: Readonly<Record<string, string>>): FastifyReplyPort;
  send(body: string): FastifyReplyPort;
}

type Done = (error?: Error) => void;

interface Hooks {
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequestPort, reply: FastifyReplyPort, done: Done) => void,
  ): unknown;
  addHook(
    name: 'onError',
    hook: (request: FastifyRequestPort, reply: FastifyReplyPort, error: Error, done: Done) => void,
  ): unknown;
  route(options: {
    method: readonly string[];
    url: string;
    exposeHeadRoute?: boolean;
    handler: (request: FastifyRequestPort, reply: FastifyReplyPort) => Promise<unknown>;
  }): unknown;
}

export interface FastifyMountOptions {
  readonly endpoints: Endpoints;
  readonly watch: RequestWatch;
  readonly errors: RecentErrors;
  readonly clientAddress: ((request: IncomingMessage) => string | undefined) | undefined;
  readonly closed: () => boolean;
}

/** A plugin that watches the whole app it is registered in, not only its own scope. */
export function fastifyPlugin(options: FastifyMountOptions): FastifyPlugin {
  const { endpoints, watch, errors, clientAddress, closed } = options;
  const plugin: FastifyPlugin = (instance, _options, done) => {
    const fastify = instance as unknown as Hooks;
    fastify.addHook('onRequest', (request, reply, next) => {
      if (endpoints.match(request.url) === undefined && !closed()) {
        const template = request.routeOptions?.url;
        watch.begin(request.raw, reply.raw, () => template);
      }
      next();
    });
    fastify.addHook('onError', (request, _reply, error, next) => {
      errors.tie(request.raw, error);
      next();
    });
    for (const url of endpoints.paths) {
      fastify.route({
        method: ['GET', 'HEAD'],
        url,
        exposeHeadRoute: false,
        handler: async (request, reply) => {
          const name = endpoints.match(url) ?? 'health';
          const answer = await endpoints.answer(name, {
            method: request.method,
            url: request.url,
            authorization: request.headers.authorization,
            address: clientAddress?.(request.raw) ?? request.ip ?? addressOf(request.raw, undefined),
          });
          return reply.code(answer.statusCode).headers(answer.headers).send(answer.body);
        },
      });
    }
    done();
  };
  // Fastify's own convention for a plugin whose hooks are to hold outside its scope.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'deploy-guard-monitor',
  });
}

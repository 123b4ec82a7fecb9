/** The little that the monitor needs of each framework. The app brings the framework; the monitor brings none. */
/** What the plugin needs of Fastify 4 and 5; the app brings Fastify itself. */
export interface FastifyPort {
    addHook(name: never, hook: never): unknown;
    route(options: never): unknown;
}
/** Hooks of the whole app, and a route for each endpoint. */
export type FastifyPlugin = (fastify: FastifyPort, options: unknown, done: (error?: Error) => void) => void;
/** A handler of the kind that Hono, Bun, Deno and service workers have. */
export type FetchHandler = (request: Request) => Response | Promise<Response>;
/** What the middleware needs of Hono's context; the app brings Hono itself. */
export interface HonoContextPort {
    readonly req: {
        readonly raw: Request;
        readonly method: string;
        /** The route that a handler was called by; after `next()` the one that answered. */
        readonly routePath?: string;
    };
    readonly env?: unknown;
    readonly error?: Error | undefined;
    readonly res: Response;
}

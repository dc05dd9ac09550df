/** The HTTP application without its routes: parsing, validation, headers, limits, errors, correlation and the reference page. */
import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import websocket from '@fastify/websocket';
import fastify, { type FastifyInstance } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import type { Ids, Logger } from 'raptorflow/kernel';
import { installErrorHandling } from './errors.ts';
import { installDashboard, isPageRequest } from './plugins/dashboard.ts';

/** What the application must know. */
export interface AppOptions {
  readonly version: string;
  readonly production: boolean;
  readonly corsOrigins: readonly string[];
  readonly trustProxy: boolean;
  /** Where the built dashboard lies. */
  readonly dashboardDirectory?: string;
}

/** The largest body of a route that does not say otherwise: 1 MiB. */
const bodyBytesMax = 1024 * 1024;
/** Requests a minute from one address; a person with a busy dashboard needs a few hundred. */
const requestsPerMinuteMax = 6_000;
const correlationIdPattern = /^[A-Za-z0-9._-]{1,128}$/;

/** Builds the application; the caller adds routes, then listens. */
export async function createApp(
  options: AppOptions,
  deps: { ids: Ids; log: Logger },
): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    trustProxy: options.trustProxy,
    bodyLimit: bodyBytesMax,
    forceCloseConnections: 'idle',
    requestIdHeader: false,
    genReqId: (request) => {
      const given = request.headers['x-correlation-id'];
      return typeof given === 'string' && correlationIdPattern.test(given) ? given : deps.ids.next('req');
    },
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: true },
  });
  // Bodies are JSON or forms; Fastify would read plain text too, and complain about its shape instead of its type.
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  let dashboard = false;
  installErrorHandling(app, deps.log, (request, reply) =>
    dashboard && isPageRequest(request)
      ? reply.header('cache-control', 'no-cache').sendFile('index.html')
      : undefined,
  );
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('x-correlation-id', request.id);
  });
  await app.register(cookie);
  await app.register(multipart, { limits: { files: 20, fields: 20 } });
  await app.register(websocket, { options: { maxPayload: 64 * 1024, handleProtocols: chooseProtocol } });
  await installHeaders(app, options);
  await app.register(rateLimit, { max: requestsPerMinuteMax, timeWindow: 60_000, enableDraftSpec: true });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'RaptorFlow',
        version: options.version,
        description:
          'The runtime for societies of AI agents. Errors are `{error: {code, message, details}, correlation_id}`.',
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  dashboard =
    options.dashboardDirectory !== undefined && (await installDashboard(app, options.dashboardDirectory));
  return app;
}

// A browser cannot set headers on a socket, so its token comes as a protocol. One of the protocols offered has to be
// chosen, else browsers give the connection up; the token is chosen only when nothing else was offered.
function chooseProtocol(offered: Set<string>): string | false {
  const plain = [...offered].find((name) => !name.startsWith('bearer.'));
  return plain ?? [...offered][0] ?? false;
}

async function installHeaders(app: FastifyInstance, options: AppOptions): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        // Components set positions through style attributes; styles cannot run code.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'", 'ws:', 'wss:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
      },
    },
    crossOriginEmbedderPolicy: false,
    strictTransportSecurity: options.production ? { maxAge: 31_536_000, includeSubDomains: true } : false,
    referrerPolicy: { policy: 'no-referrer' },
  });
  if (options.corsOrigins.length > 0) {
    await app.register(cors, {
      origin: [...options.corsOrigins],
      credentials: true,
      exposedHeaders: ['x-correlation-id', 'retry-after'],
    });
  }
}

/** Serves `/openapi.json` and the reference page `/docs`, after every route is registered. */
export async function installReference(app: FastifyInstance): Promise<void> {
  app.get('/openapi.json', { schema: { hide: true }, config: { role: 'public' } }, () => app.swagger());
  const { default: reference } = await import('@scalar/fastify-api-reference');
  await app.register(async (scope) => {
    // The reference page brings its script inline; only this page is allowed to.
    scope.addHook('onSend', async (_request, reply) => {
      void reply.header(
        'content-security-policy',
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'",
      );
    });
    await scope.register(reference, {
      routePrefix: '/docs',
      configuration: { url: '/openapi.json', withDefaultFonts: false, telemetry: false },
    });
  });
}

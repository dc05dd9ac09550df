/** The HTTP application without its routes: parsing, validation, headers, limits, errors, correlation and the reference page. */
import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import swagger from '@fastify/swagger';
import websocket from '@fastify/websocket';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { systemClock, type Ids, type Logger } from 'raptorflow/kernel';
import { silentMeter } from 'raptorflow/metrics';
import { installErrorHandling } from './errors.ts';
import { installHttpMeters, type HttpMetersDeps } from './http-meters.ts';
import { installLinger } from './linger.ts';
import { installDashboard, isPageRequest } from './plugins/dashboard.ts';
import type { RateLimits } from './plugins/rate-limits.ts';
import { bodyBytesMax } from './register.ts';

/** What the application must know. */
export interface AppOptions {
  readonly version: string;
  /** Whether people reach it by https: browsers are then told never to use anything else. A proxy that is trusted says it of each request. */
  readonly secure: boolean;
  readonly corsOrigins: readonly string[];
  readonly trustProxy: boolean;
  /** Where the built dashboard lies. */
  readonly dashboardDirectory?: string;
}

const correlationIdPattern = /^[A-Za-z0-9._-]{1,128}$/;

/** Builds the application; the caller adds routes, then listens. */
export async function createApp(
  options: AppOptions,
  deps: { ids: Ids; log: Logger; limits?: RateLimits } & Partial<HttpMetersDeps>,
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
    if (isAnybodys(request)) await deps.limits?.take([{ name: 'address', of: request.ip }], reply);
  });
  installLinger(app);
  installHttpMeters(app, { meter: deps.meter ?? silentMeter, clock: deps.clock ?? systemClock });
  await app.register(cookie);
  await app.register(multipart, { limits: { files: 20, fields: 20 } });
  await app.register(websocket, { options: { maxPayload: 64 * 1024, handleProtocols: chooseProtocol } });
  await installHeaders(app, options);
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

// Pages, files, addresses that do not exist and public routes; probes of health and scrapes of metrics are not counted.
function isAnybodys(request: FastifyRequest): boolean {
  const { role, limited } = request.routeOptions.config as { role?: string; limited?: boolean };
  return limited !== false && (role === undefined || role === 'public');
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
    // Told below, where it is known how the request came.
    strictTransportSecurity: false,
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
  });
  app.addHook('onRequest', async (request, reply) => {
    if (cameByHttps(request, options)) {
      void reply.header('strict-transport-security', 'max-age=31536000; includeSubDomains');
    }
    // Nothing of the dashboard asks for any of these; helmet does not know the header.
    void reply.header(
      'permissions-policy',
      'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
    );
  });
  if (options.corsOrigins.length > 0) {
    await app.register(cors, {
      origin: [...options.corsOrigins],
      credentials: true,
      // The plugin allows GET, HEAD and POST alone.
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      exposedHeaders: [
        'x-correlation-id',
        'retry-after',
        'ratelimit',
        'ratelimit-policy',
        'idempotent-replayed',
        'x-raptorflow-offline-model',
      ],
    });
  }
}

// RFC 6797 forbids the header on answers by plain HTTP, which only a trusted proxy can tell of.
function cameByHttps(request: FastifyRequest, { secure, trustProxy }: AppOptions): boolean {
  const told = trustProxy && request.headers['x-forwarded-proto'] !== undefined;
  return told ? request.protocol === 'https' : secure;
}

/** The page of the reference: the viewer's script reads `/openapi.json`. */
const referencePage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>RaptorFlow API</title>
  </head>
  <body>
    <script
      id="api-reference"
      data-url="/openapi.json"
      data-configuration='{"withDefaultFonts":false,"telemetry":false,"showDeveloperTools":"never","hideClientButton":true,"agent":{"disabled":true},"mcp":{"disabled":true}}'
    ></script>
    <script src="/docs/viewer.js"></script>
  </body>
</html>
`;

/** Serves `/openapi.json` and the reference page `/docs`, after every route is registered. */
export function installReference(app: FastifyInstance): void {
  const options = { schema: { hide: true }, config: { role: 'public' } };
  app.get('/openapi.json', options, () => app.swagger());
  app.get('/docs', options, (_request, reply) => {
    // The viewer styles itself inline and evaluates nothing; only this page may do so.
    void reply.header(
      'content-security-policy',
      "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    );
    return reply.type('text/html; charset=utf-8').send(referencePage);
  });
  let viewer: Promise<string> | undefined;
  app.get('/docs/viewer.js', options, async (_request, reply) => {
    viewer ??= readViewer();
    return reply
      .type('text/javascript; charset=utf-8')
      .header('cache-control', 'public, max-age=86400')
      .send(await viewer);
  });
}

/** The viewer's script. Its package carries it inside a plugin that costs 26 MB to import, so it is asked for it when first needed. */
async function readViewer(): Promise<string> {
  const { default: reference } = await import('@scalar/fastify-api-reference');
  const carrier = fastify();
  await carrier.register(reference, { routePrefix: '/docs', configuration: { url: '/openapi.json' } });
  const { body } = await carrier.inject('/docs/js/scalar.js');
  await carrier.close();
  return body;
}

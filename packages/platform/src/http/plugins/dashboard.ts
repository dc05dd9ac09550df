/** Serves the built dashboard: its files under their own names, and its first page for every address of the application. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Addresses that belong to programs; an unknown one is an error in JSON, never a page. */
const programPaths = /^\/(api|v1|ws|health|metrics|raptor|mcp|openapi\.json|docs)(\/|$)/;
/** File names of the build carry a hash of their content, so they can be kept for ever. */
const hashedFile = /\/assets\//;

/** Registers the dashboard if it is built; answers whether it is. */
export async function installDashboard(app: FastifyInstance, directory: string): Promise<boolean> {
  if (!existsSync(join(directory, 'index.html'))) return false;
  await app.register(fastifyStatic, {
    root: directory,
    wildcard: false,
    index: ['index.html'],
    setHeaders(reply, path) {
      void reply.header(
        'cache-control',
        hashedFile.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      );
    },
  });
  return true;
}

/** Whether an unknown address is a page of the dashboard: a navigation, outside the addresses of programs. */
export function isPageRequest(request: FastifyRequest): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  const path = request.url.split('?')[0] ?? '/';
  return !programPaths.test(path) && (request.headers.accept ?? '').includes('text/html');
}

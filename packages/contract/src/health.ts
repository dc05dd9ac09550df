/** Health: what is well, what is not, and why. */
import { z } from 'zod';

import { countSchema, millisecondsSchema, timestampSchema } from './primitives.ts';
import { defineRoutes } from './route.ts';

/** From best to worst. Outside dependencies (model providers) make the whole degraded at most. */
export const healthStatusSchema = z.enum(['healthy', 'degraded', 'unhealthy', 'critical']);
export type HealthStatus = z.infer<typeof healthStatusSchema>;

/** What an installation keeps where; `distributed` when both are on servers, so that any number of processes can work. */
export const profileShape = {
  profile: z.enum(['embedded', 'distributed']),
  stores: z.object({
    events: z.enum(['sqlite', 'redis']),
    relational: z.enum(['sqlite', 'postgres']),
  }),
} as const;

/** One part's health; `reasons` is empty exactly when it is healthy. */
export const serviceHealthSchema = z
  .object({
    status: healthStatusSchema,
    reasons: z.array(z.string()),
    latency_ms: millisecondsSchema.optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'ServiceHealth' });
export type ServiceHealth = z.infer<typeof serviceHealthSchema>;

/** Callers who are not signed in get `status` alone. */
export const healthReportSchema = z
  .object({
    status: healthStatusSchema,
    timestamp: timestampSchema.optional(),
    uptime_seconds: z.number().nonnegative().optional(),
    services: z.record(z.string(), serviceHealthSchema).optional(),
    environment: z.object({ name: z.string(), ...profileShape, version: z.string() }).optional(),
    user_count: countSchema.optional(),
    workspace_count: countSchema.optional(),
  })
  .meta({ id: 'HealthReport', description: 'Answered with 200 when healthy or degraded, else with 503.' });
export type HealthReport = z.infer<typeof healthReportSchema>;

/** Probes of the process and what it needs. */
export const healthRoutes = defineRoutes({
  all: {
    method: 'GET',
    path: '/health/all',
    role: 'public',
    tag: 'health',
    summary: 'Report every part: bus, redis, database, models, environment, worker, disk.',
    response: healthReportSchema,
  },
  live: {
    method: 'GET',
    path: '/health/live',
    role: 'public',
    tag: 'health',
    summary: 'Say whether the process itself is alive: event loop and worker threads only.',
    response: healthReportSchema,
  },
  overall: {
    method: 'GET',
    path: '/health',
    role: 'public',
    tag: 'health',
    summary: 'Report the worst of what the process needs to serve.',
    response: healthReportSchema,
  },
  ready: {
    method: 'GET',
    path: '/health/ready',
    role: 'public',
    tag: 'health',
    summary: 'Say whether bus engine, database and migrations are ready to serve.',
    response: healthReportSchema,
  },
});

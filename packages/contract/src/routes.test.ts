import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';

import { routes, type RouteCall, type RouteDefinition, type RouteRequest, type Routes } from './index.ts';

const all: [string, RouteDefinition][] = Object.entries(routes).flatMap(([resource, group]) =>
  Object.entries(group as Readonly<Record<string, RouteDefinition>>).map(
    ([operation, route]): [string, RouteDefinition] => [`${resource}.${operation}`, route],
  ),
);

describe('the route table', () => {
  it('names each method and path once', () => {
    const addresses = all.map(([, route]) => `${route.method} ${route.path.replaceAll(/:\w+/gu, ':')}`);
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(addresses.length).toBeGreaterThan(50);
  });

  it('declares exactly the parameters of each path', () => {
    const declared = all.map(([name, route]) => [name, Object.keys(route.params?.shape ?? {})]);
    const inPaths = all.map(([name, route]) => [
      name,
      [...route.path.matchAll(/:(\w+)/gu)].map((match) => match[1]),
    ]);
    expect(declared).toEqual(inPaths);
  });

  it('can be written as JSON Schema, requests as they are sent and answers as they are received', () => {
    const schemas = all.flatMap(([, route]) => [
      ...[route.params, route.query, route.body]
        .filter((schema) => schema !== undefined)
        .map((schema) => z.toJSONSchema(schema, { io: 'input' })),
      z.toJSONSchema(route.response, { io: 'output' }),
    ]);
    expect(schemas.length).toBeGreaterThan(all.length);
  });

  it('summarises each route in one sentence', () => {
    const odd = all.filter(([, route]) => !/^[A-Z][^\n]*\.$/u.test(route.summary)).map(([name]) => name);
    expect(odd).toEqual([]);
  });

  it('gives no body to reads', () => {
    const reads = all.filter(([, route]) => route.method === 'GET' && route.body !== undefined);
    expect(reads.map(([name]) => name)).toEqual([]);
  });

  it('opens to everybody only health and the ways in and out', () => {
    const open = all.filter(([, route]) => route.role === 'public').map(([name]) => name);
    expect(open.toSorted()).toEqual([
      'health.all',
      'health.live',
      'health.overall',
      'health.ready',
      'session.beginAtProvider',
      'session.exchange',
      'session.finishAtProvider',
      'session.methods',
      'session.signIn',
      'session.signOut',
    ]);
  });
});

describe('route types', () => {
  it('ask the caller for what the route needs and give the handler the defaults', () => {
    expectTypeOf<RouteCall<Routes['runs']['list']>>().toExtend<{ query?: { status?: string | undefined } }>();
    expectTypeOf<{ params: { run_id: string } }>().toExtend<RouteCall<Routes['runs']['get']>>();
    expectTypeOf<RouteRequest<Routes['runs']['list']>['query']['limit']>().toEqualTypeOf<number>();
  });
});

describe('bodies', () => {
  it('refuse keys they do not know', () => {
    expect(routes.workspaces.create.body.safeParse({ name: 'A', nmae: 'B' }).success).toBe(false);
  });

  it('ask for at least one way to name dead letters', () => {
    expect(routes.bus.redrive.body.safeParse({}).success).toBe(false);
    expect(routes.bus.redrive.body.safeParse({ all_workspaces: true }).success).toBe(false);
    expect(routes.bus.redrive.body.safeParse({ reason: 'expired' }).success).toBe(true);
  });

  it('read numbers and flags of a query from text', () => {
    expect(routes.bus.deadLetters.query.parse({ limit: '10', all_workspaces: 'true' })).toEqual({
      limit: 10,
      all_workspaces: true,
    });
  });
});

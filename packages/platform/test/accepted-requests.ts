import type { RouteDefinition } from '@raptorflow/contract';
import { z } from 'zod';

/** A request. */
export interface AcceptedRequest {
  readonly path: string;
  readonly query: string;
  /** Undefined for a route that reads none. */
  readonly body: string | FormData | undefined;
  /** Undefined where the body says its own. */
  readonly contentType: string | undefined;
}

/** Ids that a request names, by the field that takes them: one for fields whose name is not listed. */
export interface NamedIds {
  readonly any: string;
  readonly byField: Readonly<Record<string, string>>;
  /** The same for parameters of the path, where a name is an id as well. */
  readonly inPath: Readonly<Record<string, string>>;
}

/** How much of what a route takes is said: only what it needs, one field that takes an id too, or what goes beyond the workspace. */
export type Extent = 'needed' | 'beyond' | { readonly id: string };

interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
}

const window = { kind: 'once', from: '2099-01-31T12:00:00.000Z', to: '2099-01-31T13:00:00.000Z' };
const ask = { model: 'offline', messages: [{ role: 'user', content: 'b' }] };
const rule = { condition: 'gt', metric: 'runs_total', threshold: 1 };
/**
 * Bodies that no schema can tell: a rule that the schema states as a refinement, or one that only the handler knows. What is made from the
 * schema is laid under it.
 */
const saidByHand: Readonly<Record<string, (ids: NamedIds) => object>> = {
  'agents.create': () => ({ code: 'TST-001', model: 'fast' }),
  'agents.update': () => ({ name: 'b' }),
  'alerts.backtest': () => ({ rule: { name: 'tried', ...rule } }),
  'alerts.createMaintenance': () => ({ schedule: window }),
  'alerts.createRule': () => ({ name: 'own_rule', ...rule }),
  'alerts.createSilence': () => ({ ends_at: '2099-01-31T12:00:00.000Z' }),
  'alerts.replaceMaintenance': () => ({ schedule: window }),
  'alerts.replaceRule': () => rule,
  'bus.discard': ({ byField, any }) => ({ ids: [byField['ids'] ?? any] }),
  'bus.publish': () => ({ channel: 'sys.state.update', type: 'test.event' }),
  'bus.redrive': ({ byField, any }) => ({ ids: [byField['ids'] ?? any] }),
  'bus.replay': () => ({ channel: 'sys.state.update' }),
  'chat.complete': () => ({ ...ask, stream: true }),
  'dispatch.dispatch': () => ask,
  'invitations.create': () => ({ email: 'someone@example.com' }),
  'models.setAlias': () => ({ model: 'offline' }),
  'quotas.create': () => ({ quota_scope: 'workspace', action: 'block' }),
  'workspaces.update': () => ({ name: 'b' }),
};

/** What asks for more than the caller's own workspace, wherever a route takes it. */
const beyond: Readonly<Record<string, unknown>> = {
  all_workspaces: true,
  operator: true,
  scope: 'installation',
};

const texts = ['b', '2026-10', '1.000000', '2026-01-31T12:00:00.000Z', 'sys.state.update'];
const noIds: NamedIds = { any: '', byField: {}, inPath: {} };
const idField = /(?:^|_)ids?$|^(?:agent|campaign|document|run|subject|cause|user|member)$/;

/** The fields of its query and body that a route takes an id in and does not need. */
export function idFieldsOf({ query, body }: RouteDefinition): string[] {
  const fields = [query, body].flatMap((schema) => {
    const whole = schema && jsonSchemaOf(schema);
    const { properties = {}, required = [] } = whole
      ? new Drafter(whole, noIds, 'needed').resolved(whole)
      : {};
    return Object.keys(properties).filter((field) => idField.test(field) && !required.includes(field));
  });
  return [...new Set(fields)].filter((field) => field !== 'workspace_id');
}

/**
 * A request that the route's own schemas accept, or undefined where the extent asks for what the route does not take. Throws, saying what to do,
 * when nothing accepted can be made.
 */
export function acceptedRequest(
  name: string,
  route: RouteDefinition,
  ids: NamedIds,
  extent: Extent,
): AcceptedRequest | undefined {
  const query = draftOf(route.query, ids, extent);
  const body =
    route.encoding === undefined || route.encoding === 'json' ? bodyOf(name, route, ids, extent) : {};
  if (extent === 'beyond' && !goesBeyond(query) && !goesBeyond(body)) return undefined;
  assertAccepted(name, 'query', route.query, query);
  const search = new URLSearchParams(Object.entries(query ?? {}).map(([key, value]) => [key, String(value)]));
  const parts = {
    path: pathOf(name, route, ids),
    query: search.size === 0 ? '' : `?${search}`,
    contentType: undefined,
  };
  if (route.encoding === 'multipart') {
    const form = new FormData();
    form.append('file', new Blob(['# A page of B'], { type: 'text/markdown' }), 'page.md');
    return { ...parts, body: form };
  }
  if (route.encoding === 'bytes')
    return { ...parts, body: '{"vulnerabilities":[]}', contentType: 'application/json' };
  if (!route.body) return { ...parts, body: undefined };
  assertAccepted(name, 'body', route.body, body);
  return { ...parts, body: JSON.stringify(body), contentType: 'application/json' };
}

function pathOf(name: string, route: RouteDefinition, ids: NamedIds): string {
  const params = draftOf(route.params, { ...ids, byField: { ...ids.byField, ...ids.inPath } }, 'needed');
  assertAccepted(name, 'parameters', route.params, params);
  return route.path.replaceAll(/:(\w+)/g, (_, field: string) =>
    encodeURIComponent(String((params as Record<string, unknown>)[field])),
  );
}

function bodyOf(name: string, route: RouteDefinition, ids: NamedIds, extent: Extent): unknown {
  const draft = draftOf(route.body, ids, extent);
  const byHand = saidByHand[name]?.(ids);
  return byHand && typeof draft === 'object' ? { ...draft, ...byHand } : (byHand ?? draft);
}

function goesBeyond(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(beyond).some((key) => key in value);
}

function assertAccepted(name: string, part: string, schema: z.ZodType | undefined, value: unknown): void {
  const problem = schema?.safeParse(value).error;
  if (!problem) return;
  throw new TypeError(
    `The matrix of tenants has no ${part} that ${name} accepts, so it cannot tell whether the route keeps workspaces apart: its schema refuses ${JSON.stringify(value)} (${problem.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}). Say one in saidByHand of packages/platform/test/accepted-requests.ts.`,
  );
}

function draftOf(schema: z.ZodType | undefined, ids: NamedIds, extent: Extent): unknown {
  if (!schema) return undefined;
  const whole = jsonSchemaOf(schema);
  return new Drafter(whole, ids, extent).draft(whole, '');
}

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

class Drafter {
  readonly #whole: JsonSchema;
  readonly #ids: NamedIds;
  readonly #extent: Extent;

  constructor(whole: JsonSchema, ids: NamedIds, extent: Extent) {
    this.#whole = whole;
    this.#ids = ids;
    this.#extent = extent;
  }

  draft(schema: JsonSchema, field: string): unknown {
    if (schema.$ref !== undefined) return this.draft(this.resolved(schema), field);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum) return schema.enum[0];
    const choice = (schema.anyOf ?? schema.oneOf)?.find((each) => each.type !== 'null');
    if (choice) return this.draft(choice, field);
    const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0];
    switch (type) {
      case 'object':
        return this.#object(schema);
      case 'array':
        return this.#array(schema, field);
      case 'string':
        return this.#text(schema, field);
      case 'integer':
      case 'number':
        return schema.minimum ?? (schema.exclusiveMinimum ?? 0) + 1;
      case 'boolean':
        return false;
      case undefined:
      default:
        return undefined;
    }
  }

  /** What a reference stands for. */
  resolved(schema: JsonSchema): JsonSchema {
    if (schema.$ref === undefined) return schema;
    return this.#whole.$defs?.[schema.$ref.split('/').at(-1) ?? ''] ?? {};
  }

  #object({ properties = {}, required = [] }: JsonSchema): Record<string, unknown> {
    const drafted = Object.entries(properties).flatMap(([field, schema]) => {
      if (this.#extent === 'beyond' && field in beyond) return [[field, beyond[field]]];
      const isAsked = typeof this.#extent === 'object' && this.#extent.id === field;
      return required.includes(field) || isAsked ? [[field, this.draft(schema, field)]] : [];
    });
    return Object.fromEntries(drafted) as Record<string, unknown>;
  }

  #array({ items = {}, minItems = 0 }: JsonSchema, field: string): unknown[] {
    return minItems > 0 || idField.test(field) ? [this.draft(items, field)] : [];
  }

  #text({ pattern, minLength = 0, maxLength = Infinity }: JsonSchema, field: string): string {
    const form = pattern === undefined ? undefined : new RegExp(pattern, 'u');
    const fits = (text: string): boolean =>
      text.length >= minLength && text.length <= maxLength && (form?.test(text) ?? true);
    const id = this.#ids.byField[field] ?? this.#ids.any;
    const isId = idField.test(field) || field in this.#ids.byField;
    return (isId ? [id, ...texts] : texts).find(fits) ?? id;
  }
}

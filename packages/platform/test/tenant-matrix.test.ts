import { createClient, type Client } from '@raptorflow/client';
import { routes, type RouteDefinition } from '@raptorflow/contract';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptedRequest, idFieldsOf, type AcceptedRequest, type NamedIds } from './accepted-requests.ts';
import {
  content,
  declaredNames,
  marker,
  own,
  profiles,
  startTwoWorkspaces,
  type AnyTables,
  type ProfileName,
  type TwoWorkspaces,
} from './two-workspaces.ts';

const all: readonly (readonly [name: string, route: RouteDefinition])[] = Object.entries(routes).flatMap(
  ([resource, group]) =>
    Object.entries(group as Readonly<Record<string, RouteDefinition>>).map(
      ([operation, route]) => [`${resource}.${operation}`, route] as const,
    ),
);

/**
 * How a stranger tries: with A named in the header, in the query, in the header with a key of B; or from their own workspace, with what the
 * route needs, with each id of A that it takes besides, and asking for what goes beyond a workspace.
 */
const kinds = ['header', 'query', 'key', 'needed', 'ids', 'beyond'] as const;
type Kind = (typeof kinds)[number];

/** What these routes take in their path is a name of the program, or one that each workspace gives a meaning of its own; no id of anybody. */
const takeNames: ReadonlySet<string> = new Set([
  'models',
  'raptor',
  'raptorShort',
  'periscope',
  'quotas.update',
  'quotas.remove',
  'quotas.reset',
  'resources.cleanup',
]);

/** Reading routes that answer with nothing that is written in a row or an event: figures, lists of the program. */
const sayNothingOfA: readonly string[] = [
  'alerts.active',
  'analytics.profiles',
  'analytics.patterns',
  'analytics.recommendations',
  'analytics.forecast',
  'audit.head',
  'audit.verify',
  'campaigns.samples',
  'costs.summary',
  'metrics.list',
  'metrics.global',
  'metrics.history',
  'metrics.performance',
  'resources.summary',
  'resources.list',
  'resources.leaks',
  'runs.statistics',
  'workspaces.budget',
];

/** What A has besides rows, as its owner is shown it. */
function seenByItsOwner({ alerts, bus, quotas }: Client): Promise<unknown> {
  return Promise.all([
    alerts
      .listRules()
      .then(({ data }) => data.map(({ name, summary, threshold }) => [name, summary, threshold])),
    alerts.listSilences().then(({ data }) => data),
    alerts.listMaintenance().then(({ data }) => data),
    quotas.list().then(({ data }) => [data.quotas, data.usage, data.violations]),
    bus.deadLetters(),
    bus.replay({ body: { channel: 'sys.state.update' } }),
  ]);
}

describe.each(profiles)('the matrix of tenants (%s)', (profile: ProfileName) => {
  let world: TwoWorkspaces;
  let ids: NamedIds;
  let owner: Client;
  let key = '';

  const ask = async (
    token: string | undefined,
    { method }: RouteDefinition,
    { path, query, body, contentType }: AcceptedRequest,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<string> => {
    const response = await fetch(`${world.server.url}${path}${query}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    return `${response.status} ${text} ${JSON.stringify([...response.headers])}`;
  };
  beforeAll(async () => {
    world = await startTwoWorkspaces(profile);
    const baseUrl = world.server.url;
    owner = createClient({ baseUrl, token: world.member, workspaceId: marker });
    ids = await plantByHand(owner);
    const stranger = createClient({ baseUrl, token: world.stranger, workspaceId: own });
    key = (await stranger.apiKeys.create({ body: { name: 'ci', role: 'admin' } })).key;
  });
  afterAll(() => world.stop());

  const attemptsAt = (name: string, route: RouteDefinition, kind: Kind): Attempt[] => {
    if (kind === 'ids') {
      const requests = idFieldsOf(route).map((id) => acceptedRequest(name, route, ids, { id }));
      return requests.flatMap((request) =>
        request ? [{ request, headers: {}, token: world.stranger }] : [],
      );
    }
    const request = acceptedRequest(name, route, ids, kind === 'beyond' ? kind : 'needed');
    if (!request) return [];
    const token = kind === 'key' ? key : world.stranger;
    if (kind === 'query') {
      return [{ request: { ...request, query: `?workspace_id=${marker}` }, headers: {}, token }];
    }
    const isNamed = kind === 'header' || kind === 'key';
    return [{ request, headers: isNamed ? { 'x-workspace-id': marker } : {}, token }];
  };

  it('has a row of the other workspace in every table of tenants', async () => {
    const { tenant } = declaredNames();
    expect(tenant.length).toBeGreaterThan(20);
    for (const table of tenant) {
      const query = world.db.system<AnyTables>().selectFrom(table).selectAll();
      const rows = await query.where('workspace_id', '=', marker).execute();
      expect([table, rows.length > 0]).toEqual([table, true]);
    }
  });

  it.each(kinds)('shows a stranger nothing and lets them change nothing: %s', async (kind) => {
    const before = await world.rowsOfA();
    const seen = await seenByItsOwner(owner);
    const findings: string[] = [];
    let tried = 0;
    const attempt = async (name: string, route: RouteDefinition): Promise<void> => {
      for (const { request, headers, token } of attemptsAt(name, route, kind)) {
        tried += 1;
        // Signed out, the stranger would be refused everywhere.
        const asking = route.role === 'public' ? undefined : token;
        const answer = await ask(asking, route, request, headers);
        const problem = problemOf(kind, name, route, request, answer, ids);
        if (problem) {
          findings.push(`${name} ${request.path}${request.query}: ${problem}: ${answer.slice(0, 400)}`);
        }
      }
    };
    // Whoever works in their own workspace does one thing after the other; what is refused at the door may come at once.
    const atOnce = kind === 'header' || kind === 'query' || kind === 'key' ? 8 : 1;
    for (let at = 0; at < all.length; at += atOnce) {
      await Promise.all(all.slice(at, at + atOnce).map(([name, route]) => attempt(name, route)));
    }
    expect(findings).toEqual([]);
    expect(await world.rowsOfA()).toEqual(before);
    expect(await seenByItsOwner(owner)).toEqual(seen);
    expect(tried).toBeGreaterThan(
      { header: 140, query: 140, key: 140, needed: 140, ids: 30, beyond: 20 }[kind],
    );
  });

  it('answers about the id of a quota the same whether another workspace has it or nobody', async () => {
    const lives = [];
    for (const id of ['planted_quota', 'missing_quota']) lives.push(await lifeOfQuota(world, id));
    expect(lives[0]).toEqual(lives[1]);
    const before = ['404', '404', '404', '200'];
    const meanwhile = ['201', '409', '200', '200', '200', '204'];
    expect(lives[0]?.map((answer) => answer.slice(0, 3))).toEqual([...before, ...meanwhile, ...before]);
    // A's own is there still.
    expect((await owner.quotas.list()).data.quotas.map(({ quota_id: id }) => id)).toContain('planted_quota');
  });

  it('would have seen a leak of every reading route: the owner of A is shown what the stranger was not', async () => {
    const unseen: string[] = [];
    for (const [name, route] of all) {
      if (route.method !== 'GET' || ['operator', 'public', 'user'].includes(route.role)) continue;
      const [made] = attemptsAt(name, route, 'header');
      if (!made) continue;
      // Rows of which nothing makes sense are read, and then it fails: to a stranger it would have been a finding as well.
      const answer = await ask(world.member, route, made.request, made.headers).catch(() => '500 ');
      if (!answer.includes(content) && !answer.startsWith('500 ')) unseen.push(name);
    }
    expect(unseen).toEqual(sayNothingOfA);
    // What is measured has no words of A in it, but its name.
    expect(JSON.stringify(await owner.metrics.global())).toContain(marker);
  });
});

/** Everything that the stranger may do with an id in their own workspace, before it is theirs, while it is, and after; without what differs from answer to answer. */
async function lifeOfQuota({ server, stranger }: TwoWorkspaces, id: string): Promise<string[]> {
  const path = '/api/v1/metrics/quotas';
  const draft = {
    quota_id: id,
    name: 'Seats',
    quota_scope: 'workspace',
    resource_type: 'seats',
    quota_type: 'hard',
    period: 'day',
    limit: 5,
    action: 'block',
  };
  const send = async (method: string, address: string, body: object = {}): Promise<string> => {
    const answer = await fetch(`${server.url}${address}`, {
      method,
      headers: {
        authorization: `Bearer ${stranger}`,
        'x-workspace-id': own,
        'content-type': 'application/json',
      },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
    });
    return `${answer.status} ${await answer.text()}`
      .replaceAll(id, 'ID')
      .replaceAll(/"metrics":\{[^}]*\}|req_[\w-]+|\d{4}-\d\d-\d\dT[\d:.]+Z/gu, '');
  };
  const change = () => send('PATCH', `${path}/${id}`, { limit: 7 });
  const reset = () => send('POST', `${path}/${id}/reset`);
  const remove = () => send('DELETE', `${path}/${id}`);
  const read = () => send('GET', `${path}?quota_id=${id}`);
  const create = () => send('POST', path, draft);
  // The attempts before may have made one.
  await remove();
  const answers: string[] = [];
  const without = [change, reset, remove, read];
  const between = [create, create, change, read, reset, remove];
  for (const step of [...without, ...between, ...without]) {
    answers.push(await step());
  }
  return answers;
}

interface Attempt {
  readonly request: AcceptedRequest;
  readonly headers: Readonly<Record<string, string>>;
  readonly token: string;
}

/** What A keeps elsewhere than in tables of tenants, beside a quota and its violation: a rule, a silence, a window, an event, what a call measured, a dead letter. */
async function plantByHand(owner: Client): Promise<NamedIds> {
  const name = 'planted_rule';
  await owner.alerts.createRule({
    body: { name, condition: 'gt', metric: 'runs_total', threshold: 1, summary: content },
  });
  const matchers = [{ label: content, op: 'eq' as const, value: content }];
  const [from, to] = ['2099-01-31T12:00:00.000Z', '2099-01-31T13:00:00.000Z'];
  const silence = await owner.alerts.createSilence({ body: { matchers, ends_at: to, comment: content } });
  const maintenance = await owner.alerts.createMaintenance({
    body: { name: content, matchers, schedule: { kind: 'once', from, to } },
  });
  const { event_id: event } = await owner.bus.publish({
    body: {
      channel: 'sys.state.update',
      type: 'state_update',
      payload: { state_type: content, status: content },
      request_id: `${marker}_request`,
    },
  });
  await owner.dispatch.dispatch({ body: { model: 'offline', messages: [{ role: 'user', content: 'a' }] } });
  const broken = {
    channel: 'sys.guild.research.broadcast',
    type: 'lord_command',
    payload: { text: content },
  };
  await expect(owner.bus.publish({ body: broken })).rejects.toMatchObject({ code: 'schema_violation' });
  const [letter] = (await owner.bus.deadLetters()).items;
  const [violation] = (await owner.quotas.violations()).data;
  return {
    any: marker,
    byField: {
      ids: letter?.id ?? '',
      causation_id: event,
      quota_id: violation?.quota_id ?? '',
      user_id: `usr_of_${marker}`,
    },
    inPath: {
      event_id: event,
      id: event,
      name,
      violation_id: violation?.violation_id ?? '',
      silence_id: silence.data.silence_id,
      maintenance_id: maintenance.data.maintenance_id,
    },
  };
}

function problemOf(
  kind: Kind,
  name: string,
  route: RouteDefinition,
  request: AcceptedRequest,
  answer: string,
  ids: NamedIds,
): string | undefined {
  if (answer.includes(content)) return 'shows what A wrote';
  const said = `${request.path}${request.query}${typeof request.body === 'string' ? request.body : ''}`;
  const told = Object.values({ ...ids.byField, ...ids.inPath }).find(
    (id) => id !== marker && answer.includes(id) && !said.includes(id),
  );
  if (told !== undefined) return `names ${told} of A`;
  // Refusals say which workspace was named, and the stranger's own audit log what they tried.
  const isToldBack =
    kind === 'header' || kind === 'key' || name.startsWith('audit.') || said.includes(marker);
  if (!isToldBack && answer.includes(marker)) return 'names A';
  const status = answer.slice(0, 3);
  if (mustRefuse(kind, name, route) && !/^40[34]$/.test(status)) return 'is not refused';
  // A body that is refused would say nothing of the walls behind; a failure inside would mean that a row of A was read.
  const isUnread = /^(?:400|415|422|5..)$/.test(status) || answer.includes('"code":"token_');
  if (kind !== 'beyond' && route.role !== 'public' && isUnread) return 'does not reach the walls';
  return undefined;
}

function mustRefuse(kind: Kind, name: string, route: RouteDefinition): boolean {
  const { role } = route;
  if (role === 'operator' || kind === 'beyond') return true;
  if (kind === 'header' || kind === 'query' || kind === 'key') return role !== 'user' && role !== 'public';
  const [resource = ''] = name.split('.');
  return route.path.includes(':') && ![resource, name].some((one) => takeNames.has(one));
}

it('says what to do for a new route without a body that its schema accepts', () => {
  const route: RouteDefinition = {
    ...routes.documents.create,
    body: z.strictObject({ colour: z.string().regex(/^#[0-9a-f]{6}$/u) }),
  };
  const ids = { any: marker, byField: {}, inPath: {} };
  expect(() => acceptedRequest('walls.paint', route, ids, 'needed')).toThrow(
    /no body that walls\.paint accepts.*colour.*Say one in saidByHand/,
  );
});

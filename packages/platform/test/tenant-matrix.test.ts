import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { routes, type RouteDefinition } from '@raptorflow/contract';
import { createIdentity, identityTables, openDatabase } from '@raptorflow/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import { startServer, type RunningServer } from '../src/compose/server.ts';

/** The id of workspace A and of everything in it: the stranger names it, so it may come back in what is said of the request. */
const marker = 'planted_in_a';
/** Stands in every other text of workspace A; nobody but its members ever sees it. */
const content = 'written_in_a';
const secretKey = 'k3JxQ8vZp1LmT7wYb2RnF6sDc9GhA4eU';

const all: [name: string, route: RouteDefinition][] = Object.entries(routes).flatMap(([resource, group]) =>
  Object.entries(group as Readonly<Record<string, RouteDefinition>>).map(
    ([operation, route]): [string, RouteDefinition] => [`${resource}.${operation}`, route],
  ),
);

let root = '';
let server: RunningServer;
let file: DatabaseSync;
let stranger = '';
let tenantTables: string[] = [];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-matrix-'));
  const env = { RAPTORFLOW_HOME: join(root, 'home'), PORT: '0', SECRET_KEY: secretKey };
  server = await startServer(readConfig({ env, directory: root }));
  const path = join(server.home, 'raptorflow.db');
  file = new DatabaseSync(path, { enableForeignKeyConstraints: false, timeout: 5_000 });
  insert('users', { id: 'usr_b', subject: 'b', email: 'b@example.com', display_name: 'B' });
  insert('workspaces', {
    id: 'wsp_b',
    name: 'b',
    slug: 'b',
    time_zone: 'UTC',
    first_of: 'usr_b',
    deleting_since: null,
  });
  insert('workspaces', { id: marker, name: content, time_zone: 'UTC', first_of: null, deleting_since: null });
  insert('workspace_members', { workspace_id: 'wsp_b', user_id: 'usr_b', role: 'owner' });
  tenantTables = (
    file.prepare("select name from sqlite_master where type = 'table' order by name").all() as {
      name: string;
    }[]
  )
    .map(({ name }) => name)
    .filter(
      (name) =>
        name !== 'workspace_members' && columnsOf(name).some((column) => column.name === 'workspace_id'),
    );
  // What the relay would publish is no row to be read.
  for (const table of tenantTables) if (table !== 'outbox') insert(table, { media_type: 'text/plain' });
  const db = openDatabase({ path, tables: [identityTables] });
  await db.start();
  const identity = createIdentity({ secretKey }, { db });
  stranger = (await identity.issueToken({ userId: 'usr_b', ttlMs: 3_600_000 })).token;
  await db.stop();
});
afterAll(async () => {
  file.close();
  await server.stop();
  rmSync(root, { recursive: true });
});

interface Column {
  readonly name: string;
  readonly type: string;
}

function columnsOf(table: string): Column[] {
  return file.prepare(`select name, type from pragma_table_info('${table}')`).all() as unknown as Column[];
}

/** A row of A: what names something is the marker, other texts are its content, numbers 1. */
function insert(table: string, values: Readonly<Record<string, string | null>>): void {
  const columns = columnsOf(table);
  const cells = columns.map(({ name, type }) => valueOf(name, type, values));
  file
    .prepare(
      `insert into ${table} (${columns.map(({ name }) => `"${name}"`).join(', ')}) values (${columns.map(() => '?').join(', ')})`,
    )
    .run(...cells);
}

function valueOf(
  name: string,
  type: string,
  values: Readonly<Record<string, string | null>>,
): string | number | null {
  const given = values[name];
  if (given !== undefined) return given;
  if (/int|real|double/i.test(type)) return 1;
  return /(?:^|_)(?:id|key|code|slug|hash)$/.test(name) ? marker : content;
}

function rowsOfA(): string {
  return JSON.stringify(
    tenantTables.map((table) => [
      table,
      file.prepare(`select * from ${table} where workspace_id = ?`).all(marker),
    ]),
  );
}

async function ask(
  route: RouteDefinition,
  headers: Readonly<Record<string, string>>,
  query: string,
): Promise<string> {
  const path = route.path.replaceAll(/:\w+/g, marker);
  const hasBody = route.method !== 'GET' && route.method !== 'DELETE';
  const response = await fetch(`${server.url}${path}${query}`, {
    method: route.method,
    headers: {
      authorization: `Bearer ${stranger}`,
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(hasBody
      ? { body: JSON.stringify({ workspace_id: marker, ids: [marker], document_ids: [marker] }) }
      : {}),
    signal: AbortSignal.timeout(5_000),
  });
  return `${response.status} ${await response.text()}`;
}

it('has a row of the other workspace in every table of tenants', () => {
  expect(tenantTables.length).toBeGreaterThan(15);
  for (const table of tenantTables) {
    if (table === 'outbox') continue;
    const { count } = file
      .prepare(`select count(*) as count from ${table} where workspace_id = ?`)
      .get(marker) as { count: number };
    expect([table, count]).toEqual([table, 1]);
  }
});

it('lets the owner of another workspace read and change nothing on any route', async () => {
  const before = rowsOfA();
  const leaks: string[] = [];
  const entered: string[] = [];
  for (const [name, route] of all) {
    if (route.role === 'public') continue;
    for (const [headers, query] of [
      [{ 'x-workspace-id': marker }, ''],
      [{}, `?workspace_id=${marker}`],
      [{}, ''],
    ] as const) {
      const answer = await ask(route, headers, query);
      // A failure inside would mean that a row of A was read.
      if (answer.includes(content) || answer.startsWith('500 '))
        leaks.push(`${name} ${answer.slice(0, 200)}`);
      const named = 'x-workspace-id' in headers;
      const mustRefuse = route.role === 'operator' || (named && route.role !== 'user');
      if (mustRefuse && !/^40[134] /.test(answer)) entered.push(`${name} ${answer.slice(0, 80)}`);
    }
  }
  expect(leaks).toEqual([]);
  expect(entered).toEqual([]);
  expect(rowsOfA()).toBe(before);
});

it('would have seen a leak: a member is shown what the stranger was not', async () => {
  const documents = routes.documents.list;
  expect(await ask(documents, {}, '')).toMatch(/^200 /);
  insert('workspace_members', { workspace_id: marker, user_id: 'usr_b', role: 'owner' });
  expect(await ask(documents, { 'x-workspace-id': marker }, '')).toMatch(new RegExp(`^200 .*${content}`));
});

it('sends the headers of security with pages, answers, the reference and errors', async () => {
  for (const path of ['/', '/health/live', '/docs', '/openapi.json', '/api/v1/none', '/api/v1/campaigns']) {
    const { headers } = await fetch(server.url + path, { headers: { accept: 'text/html' } });
    const policy = headers.get('content-security-policy') ?? '';
    expect([
      path,
      /script-src 'self'(?:;|$)/.test(policy),
      policy.includes("frame-ancestors 'none'"),
    ]).toEqual([path, true, true]);
    expect(Object.fromEntries(headers)).toMatchObject({
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'permissions-policy': expect.stringContaining('camera=()') as string,
    });
    // Plain http here; behind TLS it is sent.
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('access-control-allow-origin')).toBeNull();
  }
});

import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram, type CommandEnd } from '@raptorflow/rig';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const handle = {
  resource_id: 'fh_1',
  resource_type: 'file_handle',
  status: 'leaked',
  age_ms: 11_400_000,
  idle_ms: 10_200_000,
  size_bytes: 48_000_000,
  owner: 'research',
  workspace_id: 'wsp_a',
  agent_id: null,
  run_id: 'run_a',
  call_site: 'at openIndex (search.ts:41:19)\nat run (search.ts:88:5)',
  error: null,
};
const leak = {
  leak_id: 'leak_1',
  reason: 'call_site',
  severity: 'critical',
  call_site: handle.call_site,
  evidence: { age_ms: 11_400_000, releases_seen: 318 },
  description: 'file_handle fh_1 of research is open for 3 h.',
  suggested_action: 'URGENT: release it where it was opened.',
};
const approval = {
  approval_id: 'qap_1',
  quota_id: 'tokens',
  resource_type: 'llm_tokens',
  amount: 5_000,
  expires_at: '2026-01-31T12:00:00.000Z',
};
const cleanup = {
  resource_type: 'file_handle',
  resources_cleaned: 2,
  bytes_freed: 48_000_000,
  resources_failed: 1,
  resources_active: 0,
  failures: [{ resource_id: 'fh_9', error: 'It does not answer.' }],
  execution_time_seconds: 0.02,
};
const metrics = { store_failures: 3 };

/** What is forgotten, refused to close, and waits: a server that just started has none of it, so its answers stand here. */
const answers: Readonly<Record<string, object>> = {
  '/api/v1/auth/me': { user: { id: 'usr_a' }, workspaces: [] },
  '/api/v1/metrics/resources': { data: [handle], total: 1 },
  '/api/v1/metrics/resources/leaks': { data: [leak], total: 3 },
  '/api/v1/metrics/resources/cleanup/file_handle': { data: cleanup, message: '2 resources were closed.' },
  '/api/v1/metrics/quotas': { data: { quotas: [], usage: [], approvals: [approval], metrics } },
  '/api/v1/metrics/quotas/approvals/qap_1': {
    data: { approval_id: 'qap_1', approved: true },
    message: 'The request is granted.',
  },
};

describe('what was forgotten and what waits, from the command line', () => {
  let home = '';
  let server: Server;
  let url = '';
  let asked: string[] = [];
  const run = (...args: string[]): Promise<CommandEnd> =>
    runProgram(args, { home, env: { RAPTORFLOW_URL: url, RAPTORFLOW_TOKEN: 'a' } });
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'raptorflow-resources-'));
    server = createServer((request, response) => {
      const { pathname, search } = new URL(request.url ?? '/', url);
      request.setEncoding('utf8');
      let body = '';
      request.on('data', (text: string) => {
        body += text;
      });
      request.on('end', () => {
        asked.push(`${request.method} ${pathname}${search} ${body}`.trim());
        const answer = answers[pathname];
        response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ status: 'success', message: '', ...answer }));
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve());
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    asked = [];
  });
  afterAll(() => {
    server.close();
    rmSync(home, { recursive: true, force: true });
  });

  it('lists each with whose it is, how old and from where', async () => {
    const { stdout } = await run('resources', 'list', '--installation', '--run', 'run_a', '--limit', '7');
    expect(stdout).toMatch(
      /fh_1 +file_handle +leaked +research run_a +3 ?h.* 48\.0 MB +openIndex \(search\.ts:41:19\)\n$/u,
    );
    expect(asked.at(-1)).toBe('GET /api/v1/metrics/resources?scope=installation&run_id=run_a&limit=7');
  });

  it('shows a leak with its evidence, its whole stack and what to do', async () => {
    const { stdout } = await run('resources', 'leaks', '--severity', 'critical');
    expect(stdout.split('\n').map((line) => line.trim())).toEqual([
      'critical file_handle fh_1 of research is open for 3 h.',
      'leak_1, call_site, age_ms 11400000, releases_seen 318',
      'at openIndex (search.ts:41:19)',
      'at run (search.ts:88:5)',
      'URGENT: release it where it was opened.',
      'There are 3 in all; raise --limit.',
      '',
    ]);
    expect(asked.at(-1)).toContain('severity=critical');
  });

  it('names what could not be closed, and ends as if it was unavailable', async () => {
    const end = await run('resources', 'clean', 'file_handle', '--owner', 'research', '--force');
    expect(end.stdout).toMatch(
      /^2 resources were closed\. 48\.0 MB freed\.\n.*\nfh_9 +It does not answer\.\n$/u,
    );
    expect([end.exitCode, end.stderr]).toEqual([7, expect.stringContaining('1 could not be closed')]);
    expect(asked.at(-1)).toBe(
      'POST /api/v1/metrics/resources/cleanup/file_handle?scope=workspace&owner=research&force=true',
    );
  });

  it('shows which requests wait and that the store failed, and answers a request', async () => {
    const { stdout } = await run('quotas', 'list');
    expect(stdout).toMatch(
      /^Nothing is limited here\.\nqap_1 waits: 5000 of llm_tokens over tokens, until 2026/u,
    );
    expect(stdout).toContain('The store of the quotas failed 3 times since the start.');
    expect((await run('quotas', 'approve', 'qap_1')).stdout).toBe('The request is granted.\n');
    expect(asked.at(-1)).toBe('POST /api/v1/metrics/quotas/approvals/qap_1?scope=workspace {"approve":true}');
    await run('quotas', 'deny', 'qap_1', '--installation');
    expect(asked.at(-1)).toContain('scope=installation {"approve":false}');
  });
});

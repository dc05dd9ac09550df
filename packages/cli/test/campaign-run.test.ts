import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@raptorflow/client';
import { runProgram, startProgramServer, type CommandEnd } from '@raptorflow/rig';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const examples = fileURLToPath(new URL('../../../examples/campaigns', import.meta.url));

interface Result {
  readonly status: string;
  readonly campaign_id: string;
  readonly duration_ms: number;
  readonly first_finding_ms: number;
  readonly events: number;
  readonly runs: number;
  readonly cost_usd: string;
  readonly citations: number;
  readonly unanswered: number;
  readonly package: { readonly markdown: string; readonly html: string };
}

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-campaign-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function campaignRun(home: string, folder: string, ...options: string[]): Promise<CommandEnd> {
  return runProgram(['campaign', 'run', folder, ...options, '--json'], {
    home,
    env: { INIT_CWD: dirname(dirname(examples)) },
  });
}

/** The last line of standard output, which has to be the one JSON object and nothing else. */
function resultOf(end: CommandEnd): Result {
  expect(end.exitCode, end.stderr).toBe(0);
  const lines = end.stdout.trimEnd().split('\n');
  expect(end.json).toHaveLength(1);
  return JSON.parse(lines.at(-1) ?? '') as Result;
}

function expectWhole(result: Result): void {
  expect(result).toMatchObject({ status: 'completed', cost_usd: '0.000000', model: 'offline' });
  expect(result.first_finding_ms).toBeGreaterThan(0);
  expect(result.first_finding_ms).toBeLessThan(result.duration_ms);
  for (const count of [result.events, result.runs, result.citations, result.unanswered])
    expect(count).toBeGreaterThan(0);
  for (const path of [result.package.markdown, result.package.html]) {
    expect(isAbsolute(path) && existsSync(path), path).toBe(true);
  }
}

describe('raptorflow campaign run', () => {
  it('runs a campaign without a server, from a path relative to where the person stands', async () => {
    const home = join(root, 'alone');
    const end = await campaignRun(home, 'examples/campaigns/kilnwatch');
    const result = resultOf(end);
    expectWhole(result);
    expect(dirname(result.package.markdown)).toBe(join(home, 'exports', result.campaign_id));
    const markdown = readFileSync(result.package.markdown, 'utf8');
    expect(markdown).toContain('# Kilnwatch 2.4 launch');
    const html = readFileSync(result.package.html, 'utf8');
    expect(html).toMatch(/^<!doctype html>/i);
    // Self-contained: it opens anywhere, and loads nothing.
    expect(html).not.toMatch(/<script\b|<link\b[^>]*\bhref=|\bsrc="http|@import/i);
    // Progress went to standard error, the stores are free again, and the campaign is kept.
    expect(end.stderr).toContain('✓ package');
    expect(existsSync(join(home, 'server.json'))).toBe(false);
    const shown = await runProgram(['campaign', 'show', result.campaign_id, '--json'], { home });
    const { status, stages } = shown.json.at(-1) as Result & { stages: { status: string }[] };
    expect([status, ...stages.map((stage) => stage.status)]).toEqual(
      Array.from({ length: 8 }, () => 'completed'),
    );
  });

  it('runs a campaign through the server that has the directory, which sees it', async () => {
    const home = join(root, 'beside');
    const server = await startProgramServer({ home });
    try {
      const result = resultOf(
        await campaignRun(home, join(examples, 'frostpannier'), '--out', join(root, 'out'), '--approve'),
      );
      expectWhole(result);
      expect(dirname(result.package.html)).toBe(join(root, 'out'));
      const client = createClient({ baseUrl: server.url, token: server.token });
      const campaign = await client.campaigns.get({ params: { campaign_id: result.campaign_id } });
      expect(campaign).toMatchObject({ status: 'completed', duration_ms: result.duration_ms });
      const listed = await runProgram(['campaign', 'list', '--json'], { home });
      expect(listed.json.at(-1)).toMatchObject({ items: [{ id: result.campaign_id, status: 'completed' }] });
      const again = await runProgram(['campaign', 'export', result.campaign_id, '--json'], { home });
      const files = (again.json.at(-1) as Result).package;
      expect(readFileSync(files.markdown, 'utf8')).toBe(readFileSync(result.package.markdown, 'utf8'));
    } finally {
      await server.stop();
    }
  });
});

describe('a campaign folder that cannot be used', () => {
  /** A copy of the sample, spoilt in one way. */
  function spoilt(name: string, spoil: (folder: string) => void): string {
    const folder = join(root, name);
    cpSync(join(examples, 'kilnwatch'), folder, { recursive: true });
    spoil(folder);
    return folder;
  }

  it.for([
    {
      what: 'no folder',
      exitCode: 4,
      says: /examples\/campaigns\/kilnwatch/,
      folder: () => join(root, 'nowhere'),
    },
    {
      what: 'a brief that is not YAML',
      exitCode: 2,
      says: /line \d+/i,
      folder: () =>
        spoilt('torn', (folder) => appendFileSync(join(folder, 'brief.yaml'), '\nchannels: [linkedin')),
    },
    {
      what: 'a missing document',
      exitCode: 4,
      says: /changelog\.md/,
      folder: () => spoilt('gap', (folder) => rmSync(join(folder, 'documents', 'changelog.md'))),
    },
    {
      what: 'a document of 100 MB',
      exitCode: 2,
      says: /100000000 bytes/,
      folder: () =>
        spoilt('huge', (folder) => truncateSync(join(folder, 'documents', 'changelog.md'), 100_000_000)),
    },
  ])('is refused for $what, with what to do, and nothing is stored', async ({ folder, exitCode, says }) => {
    const home = join(root, 'untouched');
    const end = await campaignRun(home, folder());
    expect([end.exitCode, end.stderr]).toEqual([exitCode, expect.stringMatching(says)]);
    expect(end.json).toEqual([{ error: expect.objectContaining({ message: expect.any(String) }) }]);
    expect(existsSync(home)).toBe(false);
  });
});

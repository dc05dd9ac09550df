import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram, startProgramServer, type CommandEnd, type RunningServer } from '@raptorflow/rig';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const sample = (name: string): string =>
  fileURLToPath(new URL(`../../../examples/threat-intel/${name}`, import.meta.url));

describe('raptorflow ingest threats', () => {
  let root = '';
  let home = '';
  let server: RunningServer;
  const ingest = (...args: string[]): Promise<CommandEnd> =>
    runProgram(['ingest', 'threats', ...args, '--json'], { home });
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'raptorflow-ingest-'));
    home = join(root, 'home');
    server = await startProgramServer({ home });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it('stores the signals of both formats on the running server', async () => {
    const bundle = await ingest(sample('stix-bundle.json'));
    expect(bundle.exitCode).toBe(0);
    expect(bundle.json.at(-1)).toMatchObject({ format: 'stix', read: 8, ingested: 5, skipped: 3, failed: 0 });
    const catalogue = await ingest(sample('known-exploited.json'), '--format', 'kev');
    expect(catalogue.json.at(-1)).toMatchObject({ format: 'kev', read: 3, ingested: 3 });
  });

  it('makes dead letters of items that fail, which dlq lists', async () => {
    const file = join(root, 'bad.json');
    writeFileSync(file, '{"vulnerabilities":[{"cveID":"none"}]}');
    expect((await ingest(file)).json.at(-1)).toMatchObject({ read: 1, failed: 1 });
    const letters = async (): Promise<unknown> =>
      (await runProgram(['dlq', 'list', '--channel', 'pipeline.failed', '--json'], { home })).json.at(-1);
    await expect.poll(letters, { timeout: 10_000 }).toMatchObject({ total: 1 });
  });

  it('says what is wrong with a file, and how it was called', async () => {
    expect((await ingest(join(root, 'nowhere.json'))).exitCode).not.toBe(0);
    const file = join(root, 'other.json');
    writeFileSync(file, '{"things":[]}');
    const end = await ingest(file);
    expect(end.exitCode).not.toBe(0);
    expect(`${end.stdout}${end.stderr}`).toContain('malformed_input');
    expect((await ingest(sample('stix-bundle.json'), '--format', 'xml')).exitCode).not.toBe(0);
  });
});

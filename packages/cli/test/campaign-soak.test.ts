import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@raptorflow/client';
import { proofSize, runProgram, startProgramServer, type RunningServer } from '@raptorflow/rig';
import { afterAll, beforeAll, expect, test } from 'vitest';

const sample = fileURLToPath(new URL('../../../examples/campaigns/kilnwatch', import.meta.url));
const minutes = proofSize('SOAK_MINUTES', 0);
/** Enough for things that are opened once a campaign to be known by their call site. */
const campaignsMin = 3;

let home = '';
let server: RunningServer;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'raptorflow-soak-'));
  server = await startProgramServer({ home });
});
afterAll(async () => {
  await server.stop();
  rmSync(home, { recursive: true, force: true });
});

test(
  'a server that works through one campaign after another is never told of a leak',
  async () => {
    const client = createClient({ baseUrl: server.url, token: server.token });
    const endsAt = performance.now() + minutes * 60_000;
    let campaigns = 0;
    let opened = 0;
    while (campaigns < campaignsMin || performance.now() < endsAt) {
      const end = await runProgram(['campaign', 'run', sample, '--json'], { home });
      expect(end.exitCode, end.stderr).toBe(0);
      campaigns += 1;
      const scan = await client.resources.scan({});
      expect(scan.data.found, `after ${campaigns} campaigns`).toBe(0);
      const leaks = await client.resources.leaks({ query: { scope: 'installation' } });
      expect(leaks.data).toEqual([]);
      const { data } = await client.resources.summary({ query: { scope: 'installation' } });
      // Also what a scan between two campaigns found, and took back.
      expect(data.accuracy).toMatchObject({ confirmed: 0, wrong: 0, open: 0 });
      expect(data.metrics.total_resources_created).toBeGreaterThan(opened);
      opened = data.metrics.total_resources_created;
    }
    console.log(`${campaigns} campaigns, ${opened} resources opened, no leak reported`);
  },
  minutes * 60_000 + 120_000,
);

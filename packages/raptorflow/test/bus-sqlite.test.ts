import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteEngine } from 'raptorflow/bus';
import { busEngineContract, type EngineUnderTest } from 'raptorflow/bus/contract-suite';

async function onDisk(): Promise<EngineUnderTest> {
  const directory = mkdtempSync(join(tmpdir(), 'raptorflow-bus-'));
  let path = join(directory, 'bus.db');
  let crashes = 0;
  return {
    engine: sqliteEngine({ path }),
    reopen: () => sqliteEngine({ path }),
    crash: () => {
      crashes += 1;
      const copy = join(directory, `crash-${crashes}.db`);
      // The files as they are at this moment, which is what a process killed now would leave.
      for (const suffix of ['', '-wal', '-begun']) {
        if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
      }
      path = copy;
      return sqliteEngine({ path });
    },
    dispose: async () => rmSync(directory, { recursive: true, force: true }),
  };
}

busEngineContract('sqlite on disk', onDisk, { durable: true, crashes: true });

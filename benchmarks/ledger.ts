import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@raptorflow/rig';
import type { Findings } from './harness/findings.ts';
import type { BenchSettings, Question } from './harness/question.ts';
import { compareTranscripts } from './ledger/golden.ts';
import { playRound, type RoundPlan } from './ledger/round.ts';

/** A budget that some 9,000 calls use up. */
const capMicroUsd = 1_000_000;
const zones = ['Pacific/Kiritimati', 'America/New_York', 'Etc/GMT+12'] as const;
const transcripts = 240;

const roundKeys = ['over_cap_micro_usd', 'phantom_blocks', 'usable_share'] as const;

/** Whether the money holds: caps, holds of the dead, and the bill. */
export const ledgerQuestion: Question = {
  name: 'ledger',
  about: 'whether a budget can be overshot, blocked by phantoms, or differ from the provider’s own bill',
  figures: {
    over_cap_micro_usd: {
      about:
        'micro-USD over a cap: 4 processes × 1,000 calls at once on PostgreSQL, aborts, fallbacks, kills, a month’s end in three time zones',
      target: '0',
    },
    phantom_blocks: { about: 'holds of calls that never left, after the kills', target: '0' },
    usable_share: { about: 'least share of the cap used at the first refusal', target: 'at least 0.99' },
    sqlite_over_cap_micro_usd: {
      about: 'the same on SQLite, one process, killed and started again',
      target: '0',
    },
    sqlite_phantom_blocks: { about: 'the same on SQLite', target: '0' },
    sqlite_usable_share: { about: 'the same on SQLite', target: 'at least 0.99' },
    bill_difference_micro_usd: {
      about: 'the cost log against the server’s own bill, over transcripts of every wire format',
      target: '0 over at least 200',
    },
  },
  async run(settings, findings) {
    const asked = (key: string): boolean => settings.only === null || settings.only.has(key);
    if (asked('bill_difference_micro_usd')) {
      const { told, differenceMicroUsd, cut } = await compareTranscripts(transcripts);
      settings.print(`\n${told} transcripts compared, and ${cut} streams that were cut`);
      findings.add('ours', { bill_difference_micro_usd: differenceMicroUsd });
    }
    if (roundKeys.some(asked)) await onPostgres(settings, findings);
    if (roundKeys.some((key) => asked(`sqlite_${key}`))) await onSqlite(settings, findings);
  },
};

type Shape = Omit<RoundPlan, 'database' | 'seed' | 'timeZone' | 'print'>;

async function onPostgres(settings: BenchSettings, findings: Findings): Promise<void> {
  const isQuick = settings.rounds === 1;
  const shape: Shape = isQuick
    ? { processes: 2, concurrency: 50, kills: 1, capMicroUsd: capMicroUsd / 5 }
    : { processes: 4, concurrency: 1_000, kills: 3, capMicroUsd };
  settings.print(`\n${shape.processes} processes × ${shape.concurrency} calls at once on PostgreSQL`);
  const server = await startPostgres({ fsync: true });
  try {
    for (const [at, timeZone] of (isQuick ? zones.slice(0, 1) : zones).entries()) {
      const database = { url: await server.createDatabase() };
      await round(settings, findings, '', { ...shape, database, timeZone, seed: at + 1 });
    }
  } finally {
    await server.stop();
  }
}

async function onSqlite(settings: BenchSettings, findings: Findings): Promise<void> {
  const isQuick = settings.rounds === 1;
  const shape: Shape = {
    processes: 1,
    concurrency: isQuick ? 50 : 1_000,
    kills: 2,
    capMicroUsd: isQuick ? capMicroUsd / 5 : capMicroUsd,
  };
  settings.print(`\none process × ${shape.concurrency} calls at once on SQLite`);
  for (const [at, timeZone] of (isQuick ? zones.slice(0, 1) : zones).entries()) {
    const directory = mkdtempSync(join(tmpdir(), 'raptorflow-ledger-'));
    try {
      const database = { path: join(directory, 'money.db') };
      await round(settings, findings, 'sqlite_', { ...shape, database, timeZone, seed: at + 11 });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
}

async function round(
  settings: BenchSettings,
  findings: Findings,
  prefix: '' | 'sqlite_',
  plan: Omit<RoundPlan, 'print'>,
): Promise<void> {
  settings.print(`  a month’s end in ${plan.timeZone}`);
  const result = await playRound({ ...plan, print: settings.print });
  settings.print(
    `    ${result.calls} attempts booked: ${result.overCapMicroUsd} over the cap, ${result.phantomBlocks} phantoms, ${(result.usableShare * 100).toFixed(2)} % used at the first refusal`,
  );
  findings.add('ours', {
    [`${prefix}over_cap_micro_usd`]: result.overCapMicroUsd,
    [`${prefix}phantom_blocks`]: result.phantomBlocks,
    [`${prefix}usable_share`]: result.usableShare,
  });
}

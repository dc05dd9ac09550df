import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { proofSize } from '@raptorflow/rig';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const child = fileURLToPath(new URL('programs/bus-crash.ts', import.meta.url));
const kills = proofSize('BUS_KILLS', 6);
/** Handlers that the child runs at once. */
const concurrency = 8;
/** Attempts that the child's subscription allows. */
const attemptsMax = 4;

interface Letter {
  readonly id: string;
  readonly reason: string;
  readonly attempts: number;
  readonly poison: boolean;
}

let directory: string;
const file = (name: string): string => join(directory, name);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'raptorflow-crash-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function start(mode: string): ChildProcess {
  const paths = [file('bus.db'), file('acked'), file('handled')];
  return spawn(process.execPath, ['--conditions=@raptorflow/source', child, mode, ...paths], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

// Resolves with the next line of output; null when the process ended before.
async function lines(running: ChildProcess): Promise<AsyncIterator<string>> {
  const { stdout } = running;
  expect(stdout).not.toBeNull();
  return createInterface({ input: stdout as NonNullable<typeof stdout> })[Symbol.asyncIterator]();
}

async function killAtRandom(mode: string): Promise<void> {
  const running = start(mode);
  const ended = once(running, 'exit');
  const output = await lines(running);
  await output.next();
  const timer = setTimeout(() => running.kill('SIGKILL'), 30 + Math.random() * 250);
  await ended;
  clearTimeout(timer);
  expect(running.signalCode, 'the child ends by SIGKILL, not by an error').toBe('SIGKILL');
}

async function drain(): Promise<Letter[]> {
  const running = start('drain');
  const output = await lines(running);
  for (let line = await output.next(); !line.done; line = await output.next()) {
    if (line.value.startsWith('{')) return (JSON.parse(line.value) as { letters: Letter[] }).letters;
  }
  expect.fail('the drain ended without a report');
}

function ledger(name: string): string[] {
  const text = readFileSync(file(name), 'utf8');
  // A line that was cut off by the kill promised nothing.
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean);
}

function idsOf(kind: 'begin' | 'done'): string[] {
  return ledger('handled')
    .filter((line) => line.startsWith(`${kind} `))
    .map((line) => line.split(' ')[1] ?? '');
}

describe('a bus on SQLite under kill -9', () => {
  it(`loses nothing that it acknowledged in ${kills} random kills under load`, async () => {
    for (let kill = 0; kill < kills; kill += 1) await killAtRandom('load');
    const letters = await drain();
    const acked = new Set(ledger('acked'));
    const settled = new Set([...idsOf('done'), ...letters.map(({ id }) => id)]);
    const missing = [...acked].filter((id) => !settled.has(id));
    expect(acked.size).toBeGreaterThan(kills * 10);
    expect(missing).toEqual([]);
    // What is in the dead letters was given up for the reason that the child gave, or after all its attempts.
    expect(
      letters.every(({ attempts, reason }) => attempts <= attemptsMax && reason === 'max_retries_exceeded'),
    ).toBe(true);
  });

  it('counts an attempt for every handler that a kill interrupted', async () => {
    for (let kill = 0; kill < kills; kill += 1) await killAtRandom('load');
    await drain();
    const begins = new Map<string, number[]>();
    for (const line of ledger('handled').filter((entry) => entry.startsWith('begin '))) {
      const [, id = '', attempt] = line.split(' ');
      begins.set(id, [...(begins.get(id) ?? []), Number(attempt)]);
    }
    // A handler is noted as begun just before it runs, so a kill in between counts an attempt that left no line: at most as many as run at once.
    const unseen = [...begins.values()].filter((attempts) =>
      attempts.some((attempt, at) => attempt > at + 1),
    );
    expect(unseen.length).toBeLessThanOrEqual(kills * concurrency);
    // Every repetition knows that it is one.
    const repeated = [...begins].filter(([, attempts]) =>
      attempts.some((attempt, at) => attempt <= (attempts[at - 1] ?? 0)),
    );
    expect(repeated).toEqual([]);
  });

  it('gives up an event that kills its process after its attempts, while the others pass', async () => {
    await killAtRandom('load');
    const first = start('poison');
    await once(first, 'exit');
    for (let attempt = 2; attempt <= attemptsMax; attempt += 1) {
      const running = start('load');
      await once(running, 'exit');
      expect(running.signalCode).toBe('SIGKILL');
    }
    const letters = await drain();
    const poison = letters.filter((letter) => letter.poison);
    expect(poison).toMatchObject([{ reason: 'max_retries_exceeded', attempts: attemptsMax }]);
    const begun = idsOf('begin').filter((id) => id === poison[0]?.id);
    expect(begun).toHaveLength(attemptsMax);
    const settled = new Set([...idsOf('done'), ...letters.map(({ id }) => id)]);
    expect(ledger('acked').filter((id) => !settled.has(id))).toEqual([]);
  });
});

import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { describe, expect, it, vi } from 'vitest';

import { runLiveScreen } from './live-screen.ts';
import type { TopReading } from './reading.ts';

/** A terminal that keeps what was written to it. */
function createTerminal(columns = 80, rows = 24) {
  let written = '';
  const stdout = Object.assign(new EventEmitter(), {
    columns,
    rows,
    isTTY: true,
    write(text: string | Uint8Array, ...rest: unknown[]): boolean {
      written += String(text);
      for (const one of rest) if (typeof one === 'function') one();
      return true;
    },
  });
  const rawModes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (raw: boolean) => rawModes.push(raw),
    ref: () => undefined,
    unref: () => undefined,
  });
  const terminal = { stdin, stdout } as unknown as Parameters<typeof runLiveScreen>[1]['terminal'];
  return { terminal, rawModes, written: () => written, press: (key: string) => stdin.write(key) };
}

const reading = (month: string): TopReading => ({
  at: '2026-01-31T12:00:00.000Z',
  url: 'http://127.0.0.1:8001',
  health: { status: 'healthy' },
  host: null,
  bus: null,
  budget: {
    month,
    time_zone: 'UTC',
    cap_usd: '10.000000',
    spent_usd: '2.500000',
    reserved_usd: '0.000000',
    uncertain_usd: '0.000000',
    remaining_usd: '7.500000',
    resets_at: '2026-02-01T00:00:00.000Z',
  },
  alerts: [],
  breakers: [],
  problems: {},
});

function open() {
  const screen = createTerminal();
  const clock = createFakeClock();
  const stop = new AbortController();
  let readings = 0;
  const read = async (): Promise<TopReading> => reading(`2026-0${(readings += 1)}`);
  const ended = runLiveScreen(
    { read },
    {
      tone: (_tone, text) => text,
      clock,
      everyMs: 1_000,
      signal: stop.signal,
      terminal: screen.terminal,
    },
  );
  const shows = (text: string) => vi.waitFor(() => expect(screen.written()).toContain(text));
  return { ...screen, clock, ended, shows, stop: () => stop.abort(), readings: () => readings };
}

const alternateScreen = { on: '\u001B[?1049h', off: '\u001B[?1049l' } as const;

describe('the live screen of top', () => {
  it('draws a reading on a screen of its own, and gives the terminal back at q', async () => {
    const screen = open();
    await screen.shows('Spend     $2.50 of $10.00 in 2026-01');
    await screen.shows('q quits');
    expect(screen.written()).toContain(alternateScreen.on);
    screen.press('x');
    screen.press('q');
    await screen.ended;
    expect(screen.written()).toContain(alternateScreen.off);
    expect(screen.rawModes).toEqual([true, false]);
    expect(screen.readings()).toBe(1);
  });

  it('reads again as often as it should, and draws what changed', async () => {
    const screen = open();
    await screen.shows('in 2026-01');
    await screen.clock.advance(1_000);
    await screen.shows('2026-02');
    await screen.clock.advance(999);
    expect(screen.readings()).toBe(2);
    screen.stop();
    await screen.ended;
  });

  it('ends at Ctrl-C and when it is told to, whichever comes first', async () => {
    const pressed = open();
    await pressed.shows('q quits');
    pressed.press('\u0003');
    await pressed.ended;
    const told = open();
    await told.shows('q quits');
    told.stop();
    await told.ended;
    expect(told.written()).toContain(alternateScreen.off);
  });
});

import { systemClock } from 'raptorflow/kernel';
import { flagOption, type Command, type Invocation } from '../command.ts';
import { withConnection } from '../connection.ts';
import type { Output, Tone } from '../output.ts';
import { createTopReader, type TopReader } from '../top/reading.ts';
import { screenOf } from '../top/screen.ts';
import { wholeOption } from './mini.ts';

/** Rates need two readings so far apart. */
const ratesMs = 1_000;

/** `raptorflow top`: the machine, the bus, money and troubles on one live screen. */
export const top: Command = {
  name: 'top',
  summary:
    'Show the machine, the rates and lag of the bus, spend, firing alerts and open breakers on a live screen; q quits. Prints one plain screen where standard output is no terminal.',
  options: {
    once: { type: 'boolean', help: 'Print one plain screen and end.' },
    every: { type: 'string', value: 'SECONDS', help: 'From one reading to the next, 1 to 60 (default 1).' },
  },
  run: (invocation) => {
    const everyMs = wholeOption(invocation, 'every', 1, [1, 60]) * 1_000;
    return withConnection(invocation, { own: 'refused' }, async ({ client, url }) => {
      const reader = createTopReader(client, { url, now: () => systemClock.now() });
      const { output, signal } = invocation;
      if (output.json || flagOption(invocation, 'once') || !process.stdout.isTTY) {
        await printOnce(reader, invocation);
        return;
      }
      // Loaded only here: the screen brings a whole renderer along.
      const { runLiveScreen } = await import('../top/live-screen.ts');
      await runLiveScreen(reader, {
        tone: toneOf(output),
        clock: systemClock,
        everyMs,
        signal,
        terminal: process,
      });
    });
  },
};

function toneOf(output: Output): (tone: Tone, text: string) => string {
  return (tone, text) => output.tone(tone, text);
}

async function printOnce(reader: TopReader, { output, signal }: Invocation): Promise<void> {
  await reader.read();
  await systemClock.sleep(ratesMs, signal);
  const reading = await reader.read();
  output.result(reading);
  const columns = process.stdout.columns ?? 80;
  for (const line of screenOf(reading, { columns, rows: Number.POSITIVE_INFINITY }, toneOf(output)))
    output.line(line);
}

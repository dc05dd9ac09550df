/** The live screen of `top`: readings drawn into the terminal until somebody quits. Loaded for that alone. */
import { render, Text, useApp, useInput, useWindowSize } from 'ink';
import { createElement, type ReactElement } from 'react';
import type { Clock } from 'raptorflow/kernel';

import type { Tone } from '../output.ts';
import type { TopReader, TopReading } from './reading.ts';
import { screenOf } from './screen.ts';

/** Where it is drawn, and how. */
export interface LiveScreenOptions {
  readonly tone: (tone: Tone, text: string) => string;
  readonly clock: Clock;
  /** From one reading to the next. */
  readonly everyMs: number;
  /** Ends the screen. */
  readonly signal: AbortSignal;
  readonly terminal: { readonly stdin: NodeJS.ReadStream; readonly stdout: NodeJS.WriteStream };
}

interface ScreenProps {
  readonly reading: TopReading;
  readonly tone: LiveScreenOptions['tone'];
  readonly hasKeys: boolean;
}

/** The foot line takes one row, and a frame as high as the terminal would scroll it. */
const rowsKept = 2;

function Screen({ reading, tone, hasKeys }: ScreenProps): ReactElement {
  const { columns, rows } = useWindowSize();
  const { exit } = useApp();
  useInput(
    (input) => {
      // Keys that were pressed quickly come together.
      if (input.toLowerCase().includes('q')) exit();
    },
    { isActive: hasKeys },
  );
  const lines = screenOf(reading, { columns, rows: rows - rowsKept }, tone);
  // An empty line has no height of its own.
  const text = [...lines, tone('dim', 'q quits')].map((line) => (line === '' ? ' ' : line)).join('\n');
  return createElement(Text, { wrap: 'truncate' }, text);
}

/** Draws readings until `q`, Ctrl-C or the signal; the terminal is as before afterwards. */
export async function runLiveScreen(reader: TopReader, options: LiveScreenOptions): Promise<void> {
  const { tone, clock, everyMs, signal, terminal } = options;
  const element = (reading: TopReading): ReactElement =>
    createElement(Screen, { reading, tone, hasKeys: terminal.stdin.isTTY });
  const app = render(element(await reader.read()), {
    ...terminal,
    alternateScreen: true,
    interactive: true,
    patchConsole: false,
  });
  const ended = new AbortController();
  const end = (): void => ended.abort();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  const exited = app.waitUntilExit().then(end);
  try {
    while (!ended.signal.aborted) {
      await clock.sleep(everyMs, ended.signal).catch(() => undefined);
      if (!ended.signal.aborted) app.rerender(element(await reader.read()));
    }
  } finally {
    signal.removeEventListener('abort', end);
    app.unmount();
    await exited;
  }
}

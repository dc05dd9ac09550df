import type { Logger } from '../../kernel/index.ts';
import { notifierContract } from '../contract-suite/index.ts';
import { logNotifier } from './log.ts';

notifierContract(
  'to the log',
  () => {
    const lines: string[] = [];
    const write = (message: string, fields?: Readonly<Record<string, unknown>>): void => {
      lines.push(`${message} ${JSON.stringify(fields)}`);
    };
    const log: Logger = { debug: write, info: write, warn: write, error: write, child: () => log };
    return Promise.resolve({
      notifier: logNotifier({ log }),
      received: () => lines,
      become: null,
      secrets: [],
      dispose: () => Promise.resolve(),
    });
  },
  { refusals: false },
);

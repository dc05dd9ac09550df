import { openSync, writeSync } from 'node:fs';
import { createBus, permanentError, sqliteEngine, type BusEvent, type HandlerContext } from 'raptorflow/bus';
import { RaptorFlowError } from 'raptorflow/kernel';

/*
 * The victim of bus-crash.test.ts. It publishes and handles until it is killed; what it was promised and what its handlers did it writes to
 * ledgers outside the bus, in single writes that survive its death.
 *
 *   node bus-crash.ts load|poison|drain <bus file> <ledger of acknowledged ids> <ledger of handlers>
 */
const [mode, path, ackedPath, handledPath] = process.argv.slice(2);
if (!path || !ackedPath || !handledPath)
  throw new RaptorFlowError('invalid_input', 'Give mode and three paths.');

const acked = openSync(ackedPath, 'a');
const handled = openSync(handledPath, 'a');
const note = (ledger: number, line: string): void => void writeSync(ledger, `${line}\n`);

interface Load {
  readonly n: number;
  readonly poison?: boolean;
}

const bus = createBus({ engine: sqliteEngine({ path, durability: 'process' }) });
await bus.start();

async function handle(event: BusEvent, context: HandlerContext): Promise<void> {
  const { n, poison } = event.payload as Load;
  note(handled, `begin ${event.id} ${context.attempt}`);
  if (poison) process.kill(process.pid, 'SIGKILL');
  // Some handlers take a while, some fail at first, some for good: every way of an event is under the kills.
  if (n % 5 === 0) await new Promise((resolve) => setTimeout(resolve, n % 7));
  if (n % 13 === 0 && context.attempt === 1) throw new RaptorFlowError('unavailable', 'once');
  if (n % 101 === 0) throw permanentError('never');
  note(handled, `done ${event.id} ${context.attempt}`);
}

await bus.subscribe('load.*', handle, {
  group: 'workers',
  from: 'earliest',
  concurrency: 8,
  retry: { retries: 3, baseMs: 5, capMs: 20 },
});

async function publish(publisher: number): Promise<never> {
  for (let n = publisher; ; n += 4) {
    const id = await bus.publish(`load.${publisher % 2}`, {
      type: 'load.event',
      payload: { n },
      workspaceId: `w${n % 3}`,
      priority: n % 10 === 0 ? 'high' : 'normal',
      ...(n % 50 === 0 ? { delayMs: 20 } : {}),
      ...(n % 9 === 0 ? { orderingKey: `key-${n % 4}` } : {}),
    });
    note(acked, id);
    if (n % 8 === publisher) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function drain(): Promise<void> {
  for (;;) {
    const [group] = await bus.groups.list();
    const { total } = await bus.deadLetters.list();
    // Delayed events are due within milliseconds, so two looks at an empty group are enough.
    if (group?.lag === 0) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const [again] = await bus.groups.list();
      if (again?.lag === 0 && (await bus.deadLetters.list()).total === total) break;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const letters: { id: string; reason: string; attempts: number; poison: boolean }[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await bus.deadLetters.list({ limit: 1_000, ...(cursor === '' ? {} : { cursor }) });
    for (const { event, reason, attemptCount } of page.items) {
      const poison = (event.payload as Load).poison === true;
      letters.push({ id: event.id, reason, attempts: attemptCount, poison });
    }
    cursor = page.cursor;
  }
  await bus.stop();
  process.stdout.write(`${JSON.stringify({ letters })}\n`);
}

process.stdout.write('ready\n');
if (mode === 'poison') {
  note(acked, await bus.publish('load.0', { type: 'load.event', payload: { n: 1, poison: true } }));
} else if (mode === 'load') {
  await Promise.all([1, 2, 3, 4].map((publisher) => publish(publisher)));
} else {
  await drain();
}

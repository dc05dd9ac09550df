/**
 * A process of the chaos program: it publishes, handles, or only answers questions, until it is killed.
 *
 *   node party.ts <settings as JSON>
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createBus,
  permanentError,
  redisEngine,
  sqliteEngine,
  type Bus,
  type BusEvent,
  type HandlerContext,
} from 'raptorflow/bus';
import { isRaptorFlowError, RaptorFlowError } from 'raptorflow/kernel';
import { Chance } from '../chance.ts';
import { jumpingClock } from '../clock.ts';
import { machineMs, openLedger, openLog } from '../ledger.ts';
import { awayCode, type Answer, type PartySettings, type Question } from '../party.ts';
import { channels, groups, nextOrder, type Order, type Task } from '../workload.ts';

const settings = JSON.parse(process.argv[2] ?? '{}') as PartySettings;
const { who, slot, engine } = settings;
const note = openLedger(settings.ledger, who);
const chance = new Chance(settings.seed);
const strands = 4;
const pace = { isHeld: settings.isHeld };
const heldMs = 50;

const bus = createBus(
  {
    engine:
      engine.kind === 'sqlite'
        ? sqliteEngine({ path: engine.path, durability: engine.durability })
        : redisEngine({ url: engine.url, publishTimeoutMs: 3_000 }),
    channels,
    limits: { abortGraceMs: 2_000 },
  },
  { clock: jumpingClock(settings.jumps), log: openLog(settings.ledger, who) },
);

for (const { afterMs } of settings.jumps) {
  const jumped = (at: number): void => note({ kind: 'fault', fault: 'clock_jump', who, at, until: at });
  setTimeout(() => jumped(machineMs()), afterMs).unref();
}
process.on('disconnect', () => process.exit(0));
process.on('message', (question: Question) => void answer(question));

try {
  await bus.start();
  if (settings.handles) {
    for (const { name, pattern, options } of groups) {
      await bus.subscribe(pattern, (event, context) => handle(name, event, context), options);
    }
  }
} catch (error) {
  if (!isRaptorFlowError(error) || error.code !== 'unavailable') throw error;
  process.exit(awayCode);
}
process.send?.({ kind: 'ready' } satisfies Answer);
if (settings.publishes) for (let strand = 0; strand < strands; strand += 1) void publish(strand);

async function handle(group: string, event: BusEvent, context: HandlerContext): Promise<void> {
  const { task, deed, ms } = event.payload as Task;
  const { attempt, fencingToken: token } = context;
  const { id } = event;
  note({ kind: 'begun', group, id, task, attempt, token, at: machineMs(), who });
  const end = (outcome: 'done' | 'failed'): void =>
    note({ kind: 'ended', group, id, token, outcome, at: machineMs(), who });
  // Strict groups stand still behind an event, so only workers take long and die.
  const isWorker = group === 'workers';
  if (isWorker && (deed === 'kill' || (deed === 'kill_once' && attempt === 1))) {
    process.kill(process.pid, 'SIGKILL');
    await sleep(60_000);
  }
  if (ms > 0 && (isWorker || ms < 20) && (deed !== 'late' || attempt === 1)) await sleep(ms);
  if (context.signal.aborted || deed === 'fail' || (deed === 'fail_once' && attempt === 1)) {
    end('failed');
    throw new RaptorFlowError('unavailable', deed);
  }
  if (deed === 'give_up') {
    end('failed');
    throw permanentError(deed);
  }
  end('done');
}

async function publish(strand: number): Promise<never> {
  let epoch = 0;
  for (let count = 0; ; count += 1) {
    while (pace.isHeld) await sleep(heldMs);
    const key = `${who}.${strand}.${epoch}`;
    const take = (part: number): Order =>
      nextOrder(chance, { slot, key }, `${who}.${strand}.${count}.${part}`, machineMs());
    const first = take(0);
    const burst = first.sent.channel === 'chaos.work' && chance.next() < 0.15 ? chance.between(2, 20) : 1;
    const orders = [first, ...Array.from({ length: burst - 1 }, (_, part) => take(part + 1))].filter(
      ({ sent }) => sent.channel === first.sent.channel,
    );
    if (!(await store(bus, orders))) epoch += 1;
    await sleep(chance.between(2, 50));
  }
}

// False when it is not known what became of it.
async function store(bus: Bus, orders: readonly Order[]): Promise<boolean> {
  const channel = orders[0]?.sent.channel ?? '';
  for (const { sent } of orders) note(sent);
  try {
    const drafts = orders.map(({ draft }) => draft);
    const [draft] = drafts;
    const ids =
      drafts.length === 1 && draft
        ? [await bus.publish(channel, draft)]
        : await bus.publishMany(channel, drafts);
    const at = machineMs();
    for (const [index, { sent }] of orders.entries()) {
      note({ kind: 'acknowledged', task: sent.task, id: ids[index] ?? '', at });
    }
    return true;
  } catch (error) {
    const code = isRaptorFlowError(error) ? error.code : String(error);
    for (const { sent } of orders) note({ kind: 'refused', task: sent.task, code, at: machineMs() });
    return false;
  }
}

async function answer(question: Question): Promise<void> {
  if (question.kind === 'pace') {
    pace.isHeld = question.isHeld;
    return;
  }
  try {
    if (question.kind === 'discard') {
      const { items } = await bus.deadLetters.list({ limit: question.count });
      await bus.deadLetters.discard(items.map(({ id }) => id));
      return;
    }
    const reports = await bus.groups.list();
    const lag = reports.reduce((sum, group) => sum + group.lag, 0);
    const letters = question.withLetters ? await lettersOf(bus) : [];
    process.send?.({ kind: 'report', lag, groups: reports, letters } satisfies Answer);
  } catch (error) {
    process.send?.({ kind: 'failed', message: String(error) } satisfies Answer);
  }
}

async function lettersOf(bus: Bus): Promise<Extract<Answer, { kind: 'report' }>['letters']> {
  const letters = [];
  for (const state of ['open', 'discarded'] as const) {
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await bus.deadLetters.list({ state, limit: 1_000, ...(cursor === '' ? {} : { cursor }) });
      for (const { event, group, reason, attemptCount } of page.items) {
        letters.push({ id: event.id, group: group ?? '', reason, attempts: attemptCount, state });
      }
      cursor = page.cursor;
    }
  }
  return letters;
}

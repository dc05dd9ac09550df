import type { Bus, BusEvent } from 'raptorflow/bus';
import { RaptorFlowError } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { describe, expect, it } from 'vitest';
import { createCampaignEvents, type CampaignEvents } from './campaign-events.ts';

const clock = createFakeClock();

interface Logged {
  readonly id: string;
  readonly at: number;
  readonly requestId: string;
  /** Default: the campaign's. */
  readonly workspaceId?: string;
}

function counter(): {
  events: CampaignEvents;
  log: Logged[];
  reads: () => number;
  fail: (error: RaptorFlowError | undefined) => void;
} {
  const log: Logged[] = [];
  let reads = 0;
  let failure: RaptorFlowError | undefined;
  const bus: Pick<Bus, 'replayChannel'> = {
    async replayChannel(
      channel: string,
      handler: (event: never) => unknown,
      options: { since?: unknown } = {},
    ) {
      if (channel !== 'sys.state.update') return 0;
      if (failure) throw failure;
      reads += 1;
      const found = log.filter((event) => event.at >= Number(options.since));
      for (const event of found)
        await handler({ workspaceId: 'wsp_1', ...event } as unknown as BusEvent as never);
      return found.length;
    },
  };
  return {
    events: createCampaignEvents({ bus, clock }),
    log,
    reads: () => reads,
    fail: (error) => (failure = error),
  };
}

const campaign = (changes: object = {}): Parameters<CampaignEvents['count']>[0] => ({
  id: 'cmp_1',
  workspaceId: 'wsp_1',
  status: 'running',
  createdAt: new Date(clock.now()).toISOString(),
  finishedAt: null,
  ...changes,
});

describe('the events of a campaign', () => {
  it('are those with its id as their request, counted once however often the log is read', async () => {
    const { events, log } = counter();
    const running = campaign();
    log.push(
      { id: 'e1', at: clock.now(), requestId: 'cmp_1' },
      { id: 'e2', at: clock.now(), requestId: 'cmp_2' },
      // Somebody else may say that they were asked for it.
      { id: 'x1', at: clock.now(), requestId: 'cmp_1', workspaceId: 'wsp_2' },
    );
    expect(await events.count(running)).toBe(1);
    await clock.advance(1_000);
    log.push({ id: 'e3', at: clock.now() - 2_000, requestId: 'cmp_1' });
    expect(await events.count(running)).toBe(2);
    await clock.advance(20_000);
    expect(await events.count(running)).toBe(2);
  });

  it('are as many as were counted last while the bus is away, and unknown when there was no last time', async () => {
    const { events, log, fail } = counter();
    fail(new RaptorFlowError('unavailable', 'Redis does not answer.'));
    log.push({ id: 'e1', at: clock.now(), requestId: 'cmp_1' });
    const running = campaign();
    expect(await events.count(running)).toBeNull();
    fail(undefined);
    expect(await events.count(running)).toBe(1);
    fail(new RaptorFlowError('unavailable', 'Redis does not answer.'));
    await clock.advance(1_000);
    expect(await events.count(running)).toBe(1);
    fail(new RaptorFlowError('storage_corrupt', 'It is broken.'));
    await clock.advance(1_000);
    await expect(events.count(running)).rejects.toMatchObject({ code: 'storage_corrupt' });
  });

  it('are read at most once a second, also when many ask at once', async () => {
    const { events, reads } = counter();
    const running = campaign();
    await Promise.all([events.count(running), events.count(running), events.count(running)]);
    await clock.advance(999);
    await events.count(running);
    expect(reads()).toBe(1);
    await clock.advance(1);
    await events.count(running);
    expect(reads()).toBe(2);
  });

  it('of an ended campaign are not read again once they have settled', async () => {
    const { events, reads } = counter();
    const ended = campaign({ status: 'completed', finishedAt: new Date(clock.now()).toISOString() });
    await events.count(ended);
    await clock.advance(16_000);
    await events.count(ended);
    expect(reads()).toBe(2);
    await clock.advance(60_000);
    await events.count(ended);
    expect(reads()).toBe(2);
  });
});

import { describe, expect, it } from 'vitest';
import { counterOf, ManualPeriods } from '../contract-suite/samples.ts';
import type { SlotTaking } from './redis-batch.ts';
import { ServerTime } from './redis-calls.ts';
import { Share, type ShareSlot } from './redis-share.ts';

/** A slot that counts as Redis does, and one whose lease can be lost. */
class CountingSlot implements ShareSlot {
  generation = 1;
  isIdle = false;
  used = 0;
  questions = 0;
  readonly #periods: ManualPeriods | null;
  readonly #limit: number;

  constructor(limit: number, periods: ManualPeriods | null = null) {
    this.#limit = limit;
    this.#periods = periods;
  }

  async take({ amount, want, spare, maxima: [max = 0] }: SlotTaking): ReturnType<ShareSlot['take']> {
    this.questions += 1;
    const isGranted = this.used + amount <= max;
    const room = Math.max(0, this.#limit - this.used - amount);
    const more = isGranted
      ? Math.min(want, room) + Math.min(spare, Math.floor((room - Math.min(want, room)) / 8))
      : 0;
    if (isGranted) this.used += amount + more;
    return {
      refusedBy: isGranted ? -1 : 0,
      usage: [this.used],
      limits: [this.#limit],
      raises: [],
      more,
      index: this.#periods?.index ?? 0,
      generation: this.generation,
      lease: null,
    };
  }

  async give(_key: string, amount: number): Promise<void> {
    this.used -= amount;
  }

  async giveBack(_key: string, amount: number): Promise<void> {
    this.used -= amount;
  }

  async read(): Promise<{ used: number; limit: number }[]> {
    return [{ used: this.used, limit: this.#limit }];
  }

  async leave(): Promise<void> {
    this.used = 0;
  }

  renew(): void {}
}

const time = new ServerTime(() => 0, 1_000);

function shareOf(
  limit: number,
  periods: ManualPeriods | null = null,
): {
  share: Share;
  slot: CountingSlot;
  take: (amount?: number) => Promise<Awaited<ReturnType<Share['reserve']>>>;
} {
  const slot = new CountingSlot(limit, periods);
  const counter = counterOf('all', 'hard', limit, {
    workspaceId: null,
    ...(periods ? { clock: periods } : {}),
  });
  const share = new Share(slot, time, counter);
  return { share, slot, take: async (amount = 1) => share.reserve(counter, amount, limit) };
}

describe('a share of a quota for everybody', () => {
  it('is asked for once for many requests, and never more than the limit is granted', async () => {
    const { slot, take } = shareOf(6_400);
    for (let n = 0; n < 50; n += 1) expect((await take()).isGranted).toBe(true);
    expect(slot.questions).toBe(1);
    let granted = 50;
    while ((await take()).isGranted) granted += 1;
    expect(granted).toBe(6_400);
    expect(slot.questions).toBeLessThan(400);
  });

  it('serves all that wait with one answer', async () => {
    const { slot, take } = shareOf(1_000);
    const answers = await Promise.all(Array.from({ length: 300 }, () => take(2)));
    expect(answers.every(({ isGranted }) => isGranted)).toBe(true);
    expect(answers.map(({ usage }) => usage)).toEqual(Array.from({ length: 300 }, (_, n) => 2 * (n + 1)));
    expect(slot.questions).toBe(1);
  });

  it('takes nothing back that was counted in another period, or held under another lease', async () => {
    const periods = new ManualPeriods();
    const { share, slot, take } = shareOf(10, periods);
    const before = await take(8);
    periods.index += 1;
    slot.used = 0;
    await take(1);
    share.putBack(8, before);
    let granted = 1;
    while ((await take()).isGranted) granted += 1;
    expect(granted).toBe(10);

    const held = shareOf(10);
    const lost = await held.take(8);
    held.slot.generation += 1;
    held.slot.used = 0;
    await held.take(10);
    held.share.putBack(8, lost);
    expect((await held.take(1)).isGranted).toBe(false);
  });

  it('goes back once it has not been used for a while', async () => {
    const { share, slot, take } = shareOf(6_400);
    await take(3);
    expect(slot.used).toBeGreaterThan(3);
    share.rest();
    expect(slot.used).toBeGreaterThan(3);
    share.rest();
    expect(slot.used).toBe(3);
    expect(await share.read()).toEqual({ used: 3, limit: 6_400 });
  });
});

import { describe, expect, it } from 'vitest';
import { Lifecycle } from './index.ts';

function tracked(hooks: { startFails?: boolean; stopFails?: boolean } = {}): {
  part: Lifecycle;
  calls: string[];
} {
  const calls: string[] = [];
  const part = new Lifecycle('the part', {
    start: async () => {
      calls.push('start');
      if (hooks.startFails) throw new Error('no start');
    },
    stop: async ({ deadlineMs }) => {
      calls.push(`stop ${deadlineMs}`);
      if (hooks.stopFails) throw new Error('no stop');
    },
  });
  return { part, calls };
}

describe('Lifecycle', () => {
  it('goes from new through running to stopped, calling each hook once', async () => {
    const { part, calls } = tracked();
    expect(part.state).toBe('new');
    await Promise.all([part.start(), part.start()]);
    expect(part.state).toBe('running');
    await Promise.all([part.stop({ deadlineMs: 7 }), part.stop()]);
    await part.stop();
    expect(part.state).toBe('stopped');
    expect(calls).toEqual(['start', 'stop 7']);
  });

  it('tolerates a stop without a start and then refuses to start', async () => {
    const { part, calls } = tracked();
    await part.stop();
    expect(part.state).toBe('stopped');
    expect(calls).toEqual([]);
    await expect(part.start()).rejects.toThrow('create a new one');
  });

  it('tells the failure of a start and still releases at stop', async () => {
    const { part, calls } = tracked({ startFails: true });
    await expect(part.start()).rejects.toThrow('no start');
    expect(part.state).toBe('failed');
    await part.stop();
    expect(calls).toEqual(['start', 'stop 5000']);
    expect(part.state).toBe('failed');
  });

  it('waits for a start under way before it stops', async () => {
    const order: string[] = [];
    const gate = Promise.withResolvers<undefined>();
    const part = new Lifecycle('slow', {
      start: async () => {
        await gate.promise;
        order.push('started');
      },
      stop: () => {
        order.push('stopped');
      },
    });
    const starting = part.start();
    const stopping = part.stop();
    gate.resolve(undefined);
    await Promise.all([starting, stopping]);
    expect(order).toEqual(['started', 'stopped']);
  });

  it('answers only while it runs', async () => {
    const { part } = tracked({ stopFails: true });
    expect(() => part.assertRunning()).toThrow('the part is new');
    await part.start();
    expect(() => part.assertRunning()).not.toThrow();
    part.fail();
    expect(part.state).toBe('failed');
    await expect(part.stop()).rejects.toThrow('no stop');
  });
});

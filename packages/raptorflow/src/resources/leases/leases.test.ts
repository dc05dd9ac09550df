import { EventEmitter, getEventListeners } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { describe, expect, it } from 'vitest';
import { createResources } from '../registry/create-resources.ts';
import type { ResourcesOptions } from '../registry/options.ts';
import { keepingHandles } from '../testing/kept-handles.ts';

function make(options: ResourcesOptions = {}) {
  const clock = createFakeClock();
  const resources = keepingHandles(
    createResources({ leaks: { growth: false }, cleanup: { retriesMax: 0 }, ...options }, { clock }),
  );
  const closed: string[] = [];
  const open = (id: string) => ({ id, type: 'lock', dispose: () => closed.push(id) });
  return { clock, resources, closed, open };
}

describe('a lease', () => {
  it('gives what is registered under it the names of its run, unless they say otherwise', () => {
    const { resources, open } = make();
    const lease = resources.lease({ runId: 'r', agentId: 'a', workspaceId: 'w', owner: 'o' });
    lease.register(open('one'));
    lease.register({ ...open('two'), owner: 'other' });
    expect(resources.find('one')).toMatchObject({
      runId: 'r',
      agentId: 'a',
      workspaceId: 'w',
      owner: 'o',
      leaseId: lease.id,
    });
    expect(resources.find('two')?.owner).toBe('other');
    expect(resources.list({ leaseId: lease.id })).toHaveLength(2);
  });

  it('closes what is registered under it at its end, the newest first, and nothing else', async () => {
    const { resources, closed, open, clock } = make();
    const lease = resources.lease();
    lease.register(open('first'));
    await clock.advance(1);
    lease.register(open('second'));
    lease.register(open('third'));
    resources.register(open('other'));
    expect(await lease.end()).toMatchObject({ cleaned: 3, failed: 0 });
    expect(closed).toEqual(['third', 'second', 'first']);
    expect([lease.state, lease.ending, resources.summary().total]).toEqual(['ended', 'ended', 1]);
  });

  it('does not close what was released before', async () => {
    const { resources, closed, open } = make();
    const lease = resources.lease();
    lease.register(open('x')).release();
    expect((await lease.end()).cleaned).toBe(0);
    expect(closed).toEqual([]);
  });

  it('ends once, however often it is ended', async () => {
    const { resources, closed, open } = make();
    const lease = resources.lease();
    lease.register(open('x'));
    const reports = await Promise.all([lease.end(), lease.end()]);
    expect(reports[0]).toBe(reports[1]);
    expect(closed).toEqual(['x']);
  });

  it('takes nothing after its end', async () => {
    const { resources, open } = make();
    const lease = resources.lease();
    await lease.end();
    expect(() => lease.register(open('x'))).toThrow(/has ended/);
    expect(() => lease.extend(5)).toThrow(/has ended/);
  });

  it('ends by its deadline, which can be put off', async () => {
    const { clock, resources, closed, open } = make();
    const lease = resources.lease({ deadlineMs: 1_000 });
    lease.register(open('x'));
    await clock.advance(900);
    lease.extend();
    await clock.advance(999);
    expect(lease.state).toBe('open');
    await clock.advance(1);
    expect([lease.state, lease.ending, closed]).toEqual(['ended', 'deadline', ['x']]);
    expect(clock.pending).toBe(0);
  });

  it('ends when its signal aborts, also when that was before', async () => {
    const { clock, resources, closed, open } = make();
    const stop = new AbortController();
    const lease = resources.lease({ signal: stop.signal });
    lease.register(open('x'));
    stop.abort();
    await clock.advance(0);
    expect([lease.ending, closed]).toEqual(['aborted', ['x']]);
    expect(resources.lease({ signal: stop.signal }).ending).toBe('aborted');
    const { signal } = new AbortController();
    await resources.lease({ signal }).end();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('ends when its process does', async () => {
    const { clock, resources, closed, open } = make();
    const child = Object.assign(new EventEmitter(), {
      exitCode: null,
      signalCode: null,
    }) as unknown as ChildProcess;
    const lease = resources.lease({ process: child });
    lease.register(open('x'));
    child.emit('exit', 0, null);
    await clock.advance(0);
    expect([lease.ending, closed]).toEqual(['process', ['x']]);
    expect(child.listenerCount('exit')).toBe(0);
  });

  it('ends at the end of its block', async () => {
    const { resources, closed, open } = make();
    {
      await using lease = resources.lease();
      lease.register(open('x'));
    }
    expect(closed).toEqual(['x']);
  });

  it('ends when the resources are stopped, started or not', async () => {
    for (const isStarted of [true, false]) {
      const { resources, closed, open } = make();
      if (isStarted) await resources.start();
      const lease = resources.lease();
      lease.register(open('x'));
      await resources.stop();
      expect([lease.ending, closed]).toEqual(['stopped', ['x']]);
    }
  });

  it('leaves what could not be closed in status error', async () => {
    const { resources } = make();
    const lease = resources.lease();
    lease.register({ id: 'x', type: 'lock', dispose: () => Promise.reject(new Error('busy')) });
    expect(await lease.end()).toMatchObject({ cleaned: 0, failed: 1 });
    expect(resources.find('x')?.status).toBe('error');
  });

  it('makes what its run holds elsewhere a leak at its end, unless another lease of the run is open', async () => {
    const { clock, resources, open } = make();
    resources.register({ ...open('stray'), runId: 'r' });
    const [first, second] = [resources.lease({ runId: 'r' }), resources.lease({ runId: 'r' })];
    await first.end();
    await clock.advance(1_000);
    expect(resources.leaks.scan().found).toEqual([]);
    await second.end();
    await clock.advance(1_000);
    expect(resources.leaks.scan().found).toMatchObject([{ reason: 'ownership', resource: { id: 'stray' } }]);
  });

  it('is refused beyond leasesMax until another has ended, and with an impossible deadline', async () => {
    const { resources } = make({ leases: { leasesMax: 1 } });
    const lease = resources.lease();
    expect(() => resources.lease()).toThrow(/leasesMax/);
    await lease.end();
    expect(() => resources.lease({ deadlineMs: 0 })).toThrow(/above 0/);
    expect(() => resources.lease().extend()).toThrow(/has no deadline/);
  });
});

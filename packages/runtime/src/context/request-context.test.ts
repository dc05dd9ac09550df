import { createIds, isId } from 'raptorflow/kernel';
import { describe, expect, test } from 'vitest';
import { correlationIdFrom, currentContext, runWithContext } from './request-context.ts';

describe('the request context', () => {
  test('is empty outside, and reaches everything started inside', async () => {
    expect(currentContext()).toEqual({});
    const seen = await runWithContext({ userId: 'usr_1', correlationId: 'c-1' }, async () => {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
      return currentContext();
    });
    expect(seen).toEqual({ userId: 'usr_1', correlationId: 'c-1' });
    expect(currentContext()).toEqual({});
  });

  test('adds to the surrounding context without changing it, and never mixes two calls', async () => {
    await runWithContext({ workspaceId: 'wsp_1' }, async () => {
      const both = await Promise.all(
        ['run_1', 'run_2'].map((runId) => runWithContext({ runId }, async () => currentContext())),
      );
      expect(both).toEqual([
        { workspaceId: 'wsp_1', runId: 'run_1' },
        { workspaceId: 'wsp_1', runId: 'run_2' },
      ]);
      expect(currentContext()).toEqual({ workspaceId: 'wsp_1' });
    });
  });
});

describe('correlationIdFrom', () => {
  test('keeps a well formed id, and replaces anything else by a new one', () => {
    const ids = createIds();
    expect(correlationIdFrom('Trace.7_a-b', ids)).toBe('Trace.7_a-b');
    const refused = ['', 'a b', 'x\ny', 'é', 'a'.repeat(129), undefined, ['a'], 7];
    for (const value of refused) {
      expect(isId(correlationIdFrom(value, ids), 'cor')).toBe(true);
    }
  });
});

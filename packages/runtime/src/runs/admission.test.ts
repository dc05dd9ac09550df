import { describe, expect, test } from 'vitest';
import { Admission } from './admission.ts';

describe('admission', () => {
  test('gives places in order of arrival, each workspace its own', async () => {
    const admission = new Admission(1, 10);
    const order: string[] = [];
    const enter = async (workspaceId: string, name: string): Promise<() => void> => {
      const leave = await admission.enter(workspaceId);
      order.push(name);
      return leave;
    };
    const first = await enter('ws_a', 'a1');
    const second = enter('ws_a', 'a2');
    const third = enter('ws_a', 'a3');
    await enter('ws_b', 'b1');
    expect(order).toEqual(['a1', 'b1']);
    first();
    first();
    (await second)();
    await third;
    expect(order).toEqual(['a1', 'b1', 'a2', 'a3']);
  });

  test('refuses when too many wait, and counts again once a place was given back', async () => {
    const admission = new Admission(1, 0);
    const leave = await admission.enter('ws_a');
    await expect(admission.enter('ws_a')).rejects.toMatchObject({ code: 'exhausted' });
    leave();
    await expect(admission.enter('ws_a')).resolves.toBeTypeOf('function');
  });
});

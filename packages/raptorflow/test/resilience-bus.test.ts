import { createBus, permanentError, sqliteEngine } from 'raptorflow/bus';
import { createPeriscope } from 'raptorflow/resilience';
import { expect, test } from 'vitest';

test('a periscope reads the dead letters of a real bus, newest first, and counts them in its health', async () => {
  const bus = createBus({ engine: sqliteEngine({ path: ':memory:' }) });
  await bus.start();
  try {
    const periscope = createPeriscope({ health: { deadLettersMax: 1 } }, { deadLetters: bus.deadLetters });
    await bus.subscribe('shop.orders', () => Promise.reject(permanentError('wrong')), {
      group: 'ship',
    });
    for (const order of [1, 2])
      await bus.publish('shop.orders', { type: 'order.placed', payload: { order } });
    await expect.poll(() => periscope.getDeadLetterQueue(), { timeout: 10_000 }).toHaveLength(2);
    const [newest] = await periscope.getDeadLetterQueue(1);
    expect(newest?.error.message).toBe('wrong');
    expect(await periscope.health()).toMatchObject({
      status: 'degraded',
      deadLetterQueueSize: 2,
      alerts: [{ code: 'dead_letters', message: '2 dead letters wait.' }],
    });
  } finally {
    await bus.stop();
  }
});

import { silentLogger, type Logger } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { createResources } from 'raptorflow/resources';
import { expect, it } from 'vitest';
import { ownResources } from './own-resources.ts';

it('what lasts is in use as long as it is open: no leak, no idle one, closed by force alone', async () => {
  const clock = createFakeClock();
  const resources = createResources({ leaks: { growth: false } }, { clock });
  const own = ownResources(resources, silentLogger);
  let closed = 0;
  own.lasting.register({ type: 'network_connection', dispose: () => (closed += 1) });
  await clock.advance(30 * 86_400_000);
  expect(resources.leaks.scan().found).toEqual([]);
  expect(await resources.cleanup()).toMatchObject({ cleaned: 0, active: 1 });
  expect(closed).toBe(0);
  expect(await resources.cleanup({ type: 'network_connection', force: true })).toMatchObject({ cleaned: 1 });
});

it('what is taken and never given back is a leak', async () => {
  const clock = createFakeClock();
  const resources = createResources({ leaks: { growth: false } }, { clock });
  ownResources(resources, silentLogger).taken.register({ type: 'database_connection' });
  await clock.advance(3_600_000);
  expect(resources.leaks.scan().found).toMatchObject([{ reason: 'age' }]);
});

it('what cannot be registered is used all the same', async () => {
  const resources = createResources({ resourcesMax: 1, leaks: { growth: false } });
  const { taken } = ownResources(resources, silentLogger);
  taken.register({ type: 'lock' });
  const second = taken.register({ type: 'lock' });
  second.touch();
  second.resize(1);
  second.release();
  await expect(second[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'unavailable' });
  expect(resources.summary().total).toBe(1);
});

it('connections of a part are in use until it has ended; one that it has left open is told, and is a leak', async () => {
  const clock = createFakeClock();
  const resources = createResources({ leaks: { growth: false } }, { clock });
  const told: unknown[] = [];
  const log: Logger = { ...silentLogger, warn: (_text, fields) => void told.push(fields) };
  const own = ownResources(resources, log);
  const close = (): void => undefined;
  const closed = own.connections('bus')({ use: 'commands', close });
  own.connections('bus')({ use: 'subscription', close });
  own.connections('quotas')({ use: 'commands', close });
  await clock.advance(30 * 86_400_000);
  expect(resources.leaks.scan().found).toEqual([]);
  expect(await resources.cleanup()).toMatchObject({ cleaned: 0, active: 3 });
  closed();
  own.ended('bus');
  expect(told).toEqual([{ owner: 'bus', sites: ['bus.subscription'] }]);
  await clock.advance(1_000);
  expect(resources.leaks.scan().found).toMatchObject([
    { reason: 'ownership', resource: { owner: 'bus' }, callSite: 'bus.subscription' },
  ]);
  own.ended('cleanup');
  expect(told).toHaveLength(1);
});

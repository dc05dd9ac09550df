import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import type { Bus } from './bus.ts';
import { defineContract, type Contract } from './contract.ts';
import { ContractRegistry } from './contract-registry.ts';
import { createBus } from './create-bus.ts';
import { sqliteEngine } from './engines/sqlite.ts';
import type { BusEvent } from './event.ts';

const research = defineContract(
  'research_complete',
  1,
  z.object({ n: z.number(), at: z.string().transform((text) => new Date(text)) }),
);
const asset = defineContract('asset_generated', 2, z.object({ s: z.string() }));
const engine = sqliteEngine({ path: ':memory:' });
const bus = createBus({ engine, contracts: [research, asset] });

describe('defineContract', () => {
  it('refuses what is no type, a subtype, and a version below 1', () => {
    const invalid = expect.objectContaining({ code: 'invalid_options' });
    expect(() => defineContract('Not a type', 1, z.string())).toThrow(invalid);
    expect(() => defineContract('a:b', 1, z.string())).toThrow(invalid);
    expect(() => defineContract('a', 0, z.string())).toThrow(invalid);
  });

  it('refuses two schemas for one type and version', () => {
    const other = defineContract('asset_generated', 2, z.object({ other: z.string() }));
    expect(() => new ContractRegistry([asset, other])).toThrow(
      expect.objectContaining({ code: 'invalid_options' }),
    );
  });

  it('recognises events of its type, subtypes included, and version', () => {
    const event = { type: 'asset_generated:image', version: 2 } as BusEvent;
    expect(asset.matches(event)).toBe(true);
    expect(asset.matches({ ...event, version: 1 })).toBe(false);
    expect(asset.matches({ ...event, type: 'asset_generated_too' })).toBe(false);
  });
});

// Never called: these lines are for the compiler, which checks them with the sources.
export async function typesThatMustHold(): Promise<void> {
  const plain = createBus({ engine });
  const list: readonly Contract[] = [research, asset];
  const accepts = (any: Bus): Bus => any;
  accepts(bus);
  accepts(plain);
  accepts(createBus({ engine, contracts: list }));

  await bus.publish('x', { type: 'research_complete', payload: { n: 1, at: 'x' } });
  await bus.publish('x', { type: 'asset_generated:sub', payload: { s: 'x' } });
  await bus.publish('x', { type: 'other' });
  await plain.publish('x', { type: 'other', payload: { any: 1 } });
  // @ts-expect-error -- n is a number.
  await bus.publish('x', { type: 'research_complete', payload: { n: 'x', at: 'x' } });
  // @ts-expect-error -- a contracted type needs its payload.
  await bus.publish('x', { type: 'research_complete' });
  await bus.publishMany('x', [{ type: 'asset_generated', payload: { s: 'x' } }, { type: 'other' }]);
  // @ts-expect-error -- s is a text.
  await bus.publishMany('x', [{ type: 'asset_generated', payload: { s: 1 } }]);

  await bus.subscribe('x', (event) => expectTypeOf(event.payload.at).toEqualTypeOf<Date>(), {
    types: ['research_complete'],
  });
  await bus.subscribe(
    'x',
    (event) => {
      if (event.type === 'asset_generated') expectTypeOf(event.payload).toEqualTypeOf<{ s: string }>();
      else expectTypeOf(event.payload.n).toEqualTypeOf<number>();
    },
    { types: ['research_complete', 'asset_generated'] },
  );
  await bus.subscribe('x', (event: BusEvent) => {
    if (research.matches(event)) expectTypeOf(event.payload.at).toEqualTypeOf<Date>();
  });
  await plain.subscribe('x', (event) => expectTypeOf(event.payload).toEqualTypeOf<unknown>());
  await bus.subscribe('x', async (_, context) => {
    await context.publish('y', { type: 'asset_generated', payload: { s: 'x' } });
    // @ts-expect-error -- s is a text.
    await context.publish('y', { type: 'asset_generated', payload: { s: 1 } });
  });
}

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

describe('an upcast', () => {
  const first = defineContract('note.taken', 1, z.object({ text: z.string() }));
  const second = defineContract('note.taken', 2, z.object({ lines: z.array(z.string()) }), {
    from: first,
    upcast: ({ text }) => ({ lines: text.split('\n') }),
  });
  const event = { id: 'x', type: 'note.taken:short', version: 1, payload: { text: 'a\nb' } } as BusEvent;

  it('lifts an event of the version before, which the newer contract brings along', () => {
    const verdict = new ContractRegistry([second]).checkEvent(event);
    expect(verdict).toMatchObject({ ok: true, event: { version: 2, payload: { lines: ['a', 'b'] } } });
    expect(new ContractRegistry([second]).check('note.taken', 1, { text: 'a' })).toMatchObject({ ok: true });
    expect(new ContractRegistry([first]).checkEvent(event)).toMatchObject({
      ok: true,
      event: { version: 1 },
    });
  });

  it('needs the same type, one version before', () => {
    const invalid = expect.objectContaining({ code: 'invalid_options' });
    const upcast = (): { s: string } => ({ s: '' });
    const schema = z.object({ s: z.string() });
    expect(() => defineContract('note.taken', 3, schema, { from: first, upcast })).toThrow(invalid);
    expect(() => defineContract('note.lost', 2, schema, { from: first, upcast })).toThrow(invalid);
  });
});

// Never called: these lines are for the compiler, which checks them with the sources.
export async function typesThatMustHold(): Promise<void> {
  defineContract('asset_generated', 3, z.object({ title: z.string() }), {
    from: asset,
    upcast: (payload) => {
      expectTypeOf(payload).toEqualTypeOf<{ s: string }>();
      return { title: payload.s };
    },
  });
  defineContract('asset_generated', 3, z.object({ title: z.string() }), {
    from: asset,
    // @ts-expect-error -- the newer contract needs a title.
    upcast: (older) => older,
  });
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

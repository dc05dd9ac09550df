import { expect, test } from 'vitest';
import { ExpositionNames, type FamilyShape } from './names.ts';

test.each<[name: string, unit: string, shape: FamilyShape, exposed: string, of7: number]>([
  ['latency_ms', 'ms', 'histogram', 'latency_seconds', 0.007],
  ['latency', 'ms', 'histogram', 'latency_seconds', 0.007],
  ['latency_seconds', 's', 'gauge', 'latency_seconds', 7],
  ['wait_us', 'us', 'gauge', 'wait_seconds', 0.000007],
  ['uptime_minutes', 'minutes', 'gauge', 'uptime_seconds', 420],
  ['heap_bytes', 'bytes', 'gauge', 'heap_bytes', 7],
  ['heap_mb', 'mb', 'gauge', 'heap_bytes', 7_000_000],
  ['cpu_ms_total', 'ms', 'counter', 'cpu_seconds', 0.007],
  ['requests', 'calls', 'counter', 'requests', 7],
  ['requests_total', 'calls', 'counter', 'requests', 7],
  ['agents_count', 'agents', 'gauge', 'agents', 7],
  ['agents_total', 'agents', 'gauge', 'agents', 7],
  ['total', 'calls', 'counter', 'total', 7],
])('%s (%s) as a %s is called %s', (name, unit, shape, exposed, of7) => {
  const found = new ExpositionNames().nameOf({ name, unit }, shape);
  expect(found.name).toBe(exposed);
  expect(found.convert(7)).toBe(of7);
});

test('names that would meet are told apart, also where only their samples would', () => {
  const names = new ExpositionNames();
  const nameOf = (name: string, unit: string, shape: FamilyShape): string =>
    names.nameOf({ name, unit }, shape).name;
  expect(nameOf('wait_ms', 'ms', 'histogram')).toBe('wait_seconds');
  expect(nameOf('wait_seconds', 's', 'gauge')).toBe('wait_2_seconds');
  expect(nameOf('calls', '1', 'counter')).toBe('calls');
  expect(nameOf('calls', '1', 'gauge')).toBe('calls_2');
  expect(nameOf('constructor', 'constructor', 'gauge')).toBe('constructor');
});

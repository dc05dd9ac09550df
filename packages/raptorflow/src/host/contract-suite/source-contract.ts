import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HostParts, HostSource } from '../host-source.ts';
import type { HostReading } from '../sample.ts';

const everything: HostParts = { cpu: true, memory: true, disk: true, network: true };
const nothing: HostParts = { cpu: false, memory: false, disk: false, network: false };

/** What a source can tell on this machine. */
export interface SourceFeatures {
  readonly traffic: boolean;
  readonly processes: boolean;
}

/** What every source promises. `pass` lets time pass, so that rates and shares have something to be about. */
export function sourceContract(
  name: string,
  make: (parts: HostParts) => HostSource,
  features: SourceFeatures,
  pass: (ms: number) => Promise<void>,
): void {
  describe(`the source ${name}`, () => {
    let source: HostSource;
    beforeEach(async () => {
      source = make(everything);
      await source.open();
    });
    afterEach(() => source.close());

    it('tells processors, memory and load in possible figures', async () => {
      await pass(50);
      const { cpu, memory, load } = await source.read();
      expect(source.name).toBe(name);
      expect(cpu?.percent).toBeGreaterThanOrEqual(0);
      expect(cpu?.percent).toBeLessThanOrEqual(100);
      expect(cpu?.cores).toBeGreaterThan(0);
      expect(cpu?.perCore.length).toBeGreaterThanOrEqual(1);
      expect(memory?.totalBytes).toBeGreaterThan(2 ** 20);
      expect((memory?.usedBytes ?? 0) + (memory?.availableBytes ?? 0)).toBe(memory?.totalBytes);
      expect(memory?.percent).toBeCloseTo((100 * (memory?.usedBytes ?? 0)) / (memory?.totalBytes ?? 1), 6);
      expect(Object.keys(load ?? {})).toEqual(['oneMinute', 'fiveMinutes', 'fifteenMinutes']);
    });

    it('tells disks and network where it can, and leaves them out elsewhere', async () => {
      await pass(50);
      const { disk, network } = await source.read();
      expect([disk !== undefined, network !== undefined]).toEqual([features.traffic, features.traffic]);
    });

    it('answers finite figures that are not negative, also at once after another reading', async () => {
      const readings: HostReading[] = [];
      for (let reading = 0; reading < 3; reading += 1) readings.push(await source.read());
      for (const number of numbersIn(readings)) {
        expect(Number.isFinite(number)).toBe(true);
        expect(number).toBeGreaterThanOrEqual(0);
      }
    });

    it('reads nothing that is switched off', async () => {
      const idle = make(nothing);
      await idle.open();
      expect(await idle.read()).toEqual({});
      idle.close();
    });

    it('may be closed without being open, twice, and opened again', async () => {
      source.close();
      source.close();
      await source.open();
      expect((await source.read()).memory).toBeDefined();
      make(everything).close();
    });

    it('lists processes, this one among them, or says that it cannot', async () => {
      if (!features.processes) {
        await expect(source.processes()).rejects.toMatchObject({ code: 'unavailable' });
        return;
      }
      const found = await source.processes();
      const own = found.find(({ pid }) => pid === process.pid);
      expect(own?.residentBytes).toBeGreaterThan(2 ** 20);
      expect(own?.parentPid).toBe(process.ppid);
      for (const number of numbersIn(found)) expect(number).toBeGreaterThanOrEqual(0);
    });
  });
}

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { expect, it } from 'vitest';
import { createRaptorLog } from './create-log.ts';

/** What can happen between lines. */
type Step =
  | { readonly kind: 'lines'; readonly count: number }
  | { readonly kind: 'turn' | 'flush' | 'time' | 'follow' | 'tail' | 'day' }
  | { readonly kind: 'configure'; readonly maxSizeMb: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('lines' as const), count: fc.integer({ min: 1, max: 3_000 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom('turn', 'flush', 'time', 'follow', 'tail', 'day') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('configure' as const),
      maxSizeMb: fc.constantFrom(0.002, 0.05, 1),
    }),
  },
);

function numbersIn(folder: string): number[] {
  return readdirSync(folder)
    .map((name) => ({
      name,
      number: Number(/\.(\d+)(?:\.gz)?$/.exec(name)?.[1] ?? Number.POSITIVE_INFINITY),
    }))
    .sort((a, b) => a.number - b.number)
    .map(({ name }) => readFileSync(join(folder, name)))
    .flatMap((bytes) => [
      ...(bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString().matchAll(/ INFO (\d+)\n/g),
    ])
    .map(([, number]) => Number(number));
}

it('every line is in the files once and in order, and followers and readers see them so, whatever happens in between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
      const folder = mkdtempSync(join(tmpdir(), 'raptorflow-log-order-'));
      const clock = createFakeClock();
      const options = {
        file: join(folder, 'raptor.log'),
        keepFiles: 1_000,
        maxAgeDays: 1,
        bufferBytesMax: 60_000,
      };
      const log = createRaptorLog({ ...options, maxSizeMb: 0.05 }, { clock });
      const following: Promise<boolean>[] = [];
      let line = 0;
      await log.start();
      const run: Record<Step['kind'], (step: Step) => unknown> = {
        lines(each) {
          for (let left = each.kind === 'lines' ? each.count : 0; left > 0; left -= 1) log.info(`${line++}`);
        },
        turn: () => new Promise((resolve) => setImmediate(resolve)),
        flush: () => log.flush(),
        time: () => clock.advance(200),
        day: () => clock.advance(86_400_000),
        follow() {
          let next = Math.max(0, line - 50);
          const reader = log.follow({ last: 50 });
          following.push(
            (async () => {
              for await (const item of reader) {
                if (item.kind === 'notice' || !item.text.endsWith(` INFO ${next}`)) return false;
                next += 1;
              }
              return next === line;
            })(),
          );
        },
        async tail() {
          const last = (await log.tail({ lines: 3 })).trimEnd().split('\n');
          if (line > 0) expect(last.at(-1)?.endsWith(` INFO ${line - 1}`)).toBe(true);
        },
        configure: (each) =>
          log.configure({ ...options, maxSizeMb: each.kind === 'configure' ? each.maxSizeMb : 1 }),
      };
      for (const each of steps) await run[each.kind](each);
      await log.stop();
      expect(numbersIn(folder)).toEqual(Array.from({ length: line }, (_, at) => at));
      expect(await Promise.all(following)).toEqual(following.map(() => true));
      expect(log.report()).toMatchObject({ lines: line, diverted: 0, dropped: 0, followers: 0 });
      rmSync(folder, { recursive: true });
    }),
    { numRuns: 60 },
  );
});

import { seededRandom } from 'raptorflow/kernel';
import { afterEach, describe, expect, test } from 'vitest';
import {
  createTextEngine,
  type SourceText,
  type TextEngine,
  type TextTask,
} from '../src/models/offline/index.ts';

const engines: TextEngine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
});

function start(...given: Parameters<typeof createTextEngine>): TextEngine {
  const engine = createTextEngine(...given);
  engines.push(engine);
  return engine;
}

const small: SourceText = {
  documentId: 'small',
  title: 'Small',
  mediaType: 'text/markdown',
  text: '# Orvale\n\nOrvale is a pump. It costs $300 and runs for 40 hours.\n',
};
const smallTask: TextTask = { task: 'find_facts', sources: [small], subjects: [{ name: 'Orvale' }] };

/** Prose about three pumps, different in every sentence. */
function large(charactersMin: number): SourceText {
  const random = seededRandom(11);
  const pick = (words: string): string => {
    const list = words.split(' ');
    return list[Math.floor(random.next() * list.length)] ?? '';
  };
  const parts = ['# Pumps'];
  for (let length = 0; length < charactersMin;) {
    const price = 10 + Math.floor(random.next() * 900);
    const sentence = `In ${pick('Leeds Bristol Exeter Derby')} the ${pick('Orvale Tarnbeck Solvane')} pump of hall ${parts.length} ${pick('costs needs saves')} $${price} per ${pick('month week year')} and ${pick('moves filters cools')} ${price * 3} litres of ${pick('water oil milk')} without ${pick('noise service repair')}.`;
    parts.push(sentence);
    length += sentence.length + 2;
  }
  return { documentId: 'large', title: 'Large', mediaType: 'text/markdown', text: parts.join('\n\n') };
}

const megabyte = large(1_000_000);
const largest: TextTask = { task: 'find_facts', sources: [megabyte], subjects: [{ name: 'Orvale' }] };

/**
 * The longest time that this thread was busy between two turns of its event loop: a machine that runs something else
 * meanwhile does not count.
 */
function watchLoop(): { longestMs: number; stop(): void } {
  const busy = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  };
  let wall = performance.now();
  let cpu = busy();
  const watch = { longestMs: 0, stop: (): void => clearInterval(timer) };
  const timer = setInterval(() => {
    const [nextWall, nextCpu] = [performance.now(), busy()];
    watch.longestMs = Math.max(watch.longestMs, Math.min(nextWall - wall, nextCpu - cpu));
    [wall, cpu] = [nextWall, nextCpu];
  }, 1);
  return watch;
}

describe('the thread of the engine', () => {
  test('leaves the event loop free while the largest task reads a document of one megabyte', async () => {
    const engine = start();
    await engine.run(smallTask);
    const watch = watchLoop();
    const { json } = await engine.runToJson(largest);
    watch.stop();
    expect(json.length).toBeGreaterThan(10_000);
    expect(watch.longestMs).toBeLessThanOrEqual(50);
  }, 60_000);

  test('stops at once when the signal is aborted, and is free for the next task', async () => {
    const engine = start();
    const expected = await engine.run(smallTask);
    const aborting = new AbortController();
    const given = engine.run(largest, { signal: aborting.signal });
    let aborted = 0;
    setTimeout(() => {
      aborted = performance.now();
      aborting.abort(new Error('enough'));
    }, 60);
    await expect(given).rejects.toThrow('enough');
    expect(performance.now() - aborted).toBeLessThan(100);
    expect(await engine.run(smallTask)).toEqual(expected);
    // The large task takes far longer than this even on a quiet machine.
    expect(performance.now() - aborted).toBeLessThan(1_000);
  }, 60_000);

  test('gives a small task its turn while a large one is under way, and both the bytes they always have', async () => {
    const engine = start();
    const alone = await engine.runToJson(smallTask);
    const order: string[] = [];
    const longer = { ...largest, sources: [large(150_000)] };
    const [big] = await Promise.all([
      engine.runToJson(longer).finally(() => order.push('large')),
      engine.runToJson({ ...smallTask, task: 'find_contradictions' }).finally(() => order.push('small')),
    ]);
    expect(order).toEqual(['small', 'large']);
    expect(await engine.runToJson(smallTask)).toEqual(alone);
    expect(await start().runToJson(longer)).toEqual(big);
  }, 60_000);

  test('fails alone when its documents need more memory than it has', async () => {
    const engine = start({ heapMegabytesMax: 64, charactersKeptMax: 100_000_000 });
    const first = await engine.run(smallTask);
    const huge = large(4_000_000);
    await expect(engine.run({ ...largest, sources: [huge] })).rejects.toMatchObject({ code: 'exhausted' });
    expect(await engine.run(smallTask)).toEqual(first);
  }, 60_000);
});

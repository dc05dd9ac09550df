import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { proofSize } from '@raptorflow/rig';
import { seededRandom, systemClock } from 'raptorflow/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { runChild, type Child } from './child.ts';

/** Processes whose command line has this text. */
function running(text: string): string[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter(
    (line) => line.includes(text) && !line.includes('resources-owner.ts') && !line.includes('ps -A'),
  );
}

/** Waits until so many processes with the text are there, or more where some are expected, at most so long; answers how many there are. */
async function waitFor(count: number, text: string, withinMs: number): Promise<number> {
  const begunAt = Date.now();
  const isReached = (found: number): boolean => (count === 0 ? found === 0 : found >= count);
  while (Date.now() - begunAt < withinMs && !isReached(running(text).length)) await systemClock.sleep(50);
  return running(text).length;
}

/** Reapers that run beside the process with this number, or ran and were left over. */
const reapers = (): number => running('reaper-program.ts').length;

const kills = proofSize('REAPER_KILLS', 3);
const random = seededRandom(11);

const owners: Child[] = [];
// A child that a failed test leaves behind would keep the output of the tests open.
afterEach(async () => {
  await Promise.all(owners.splice(0).map((owner) => owner.kill()));
});

function startOwner(...args: string[]): Child {
  const owner = runChild('resources-owner.ts', args);
  owners.push(owner);
  return owner;
}

/** Digits that no other sleep of the machine has. */
const newTag = (): string => String(randomInt(1e8, 1e9));

describe('process trees', () => {
  it('of 18 agents are gone within 5 s after their owner was killed, those too that left their parents and sessions, and so is the reaper', async () => {
    const tag = newTag();
    const before = reapers();
    const owner = startOwner('forever', '18', tag);
    await owner.spoken;
    // Four sleeps in a tree, and two shells whose command line has the tag, too.
    expect(await waitFor(18 * 6, tag, 20_000)).toBe(18 * 6);
    await owner.kill();
    expect(await waitFor(0, tag, 5_000)).toBe(0);
    expect(await waitForReapers(before)).toBe(before);
  });

  it(
    `are gone however soon the owner is killed, over ${kills} kills`,
    async () => {
      for (let round = 0; round < kills; round += 1) {
        const tag = newTag();
        const owner = startOwner('forever', '3', tag);
        await owner.spoken;
        await systemClock.sleep(random.next() * 200);
        await owner.kill();
        const killedAt = Date.now();
        // What had been forked at that moment may still be starting.
        await systemClock.sleep(1_500);
        expect(await waitFor(0, tag, 5_000 - (Date.now() - killedAt))).toBe(0);
      }
    },
    20_000 + kills * 10_000,
  );

  it.each([
    ['stop', ''],
    ['lease', '{"cleaned":2,"failed":0}'],
    ['exit', ''],
  ])('are gone when their owner ends by %s, and nothing is left of the reaper', async (ending, said) => {
    const tag = newTag();
    const before = reapers();
    const owner = startOwner(ending, '2', tag);
    await owner.ended;
    expect(owner.process.exitCode).toBe(0);
    expect(owner.output()).toContain(said);
    expect(await waitFor(0, tag, 5_000)).toBe(0);
    expect(await waitForReapers(before)).toBe(before);
  });

  it.each(['foreign', 'adopt'])('that others have started (%s) are gone, too', async (ending) => {
    const tag = newTag();
    const owner = startOwner(ending, '0', tag);
    await owner.spoken;
    expect(await waitFor(2, tag, 5_000)).toBeGreaterThanOrEqual(2);
    await owner.kill();
    expect(await waitFor(0, tag, 5_000)).toBe(0);
  });
});

async function waitForReapers(count: number): Promise<number> {
  for (let tries = 0; tries < 100 && reapers() > count; tries += 1) await systemClock.sleep(50);
  return reapers();
}

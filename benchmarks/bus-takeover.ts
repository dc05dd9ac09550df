import { createBus } from 'raptorflow/bus';
import { withRedis } from './engines/private-redis.ts';
import { redisEngineAt } from './engines/redis.ts';
import { ours, type Readings } from './harness/findings.ts';
import type { BenchSettings, Question } from './harness/question.ts';
import { latencyOf, median } from './harness/statistics.ts';
import { together } from './harness/together.ts';
import { killWorkers } from './takeover/bullmq.ts';
import { freezeOne, watchSurvivors } from './takeover/survivors.ts';
import { taskContract } from './takeover/task.ts';
import { killVictims } from './takeover/victims.ts';

const peerKey = 'bullmq_takeover_ms';

/** How soon the events of a killed member go on, and whether a live handler is left alone. */
export const busTakeoverQuestion: Question = {
  name: 'bus-takeover',
  about: 'how soon a dead member is noticed, and that a live one is never taken for dead',
  figures: {
    takeover_p50_ms: { about: 'From SIGKILL until another member starts the event, median' },
    takeover_p99_ms: { about: 'The same, 99th percentile', target: 'at most 2,000' },
    takeover_max_ms: { about: 'The same, the longest', target: 'at most 2,000' },
    double_starts: { about: 'Handlers started although they were running', target: '0' },
    frozen_takeover_ms: { about: 'From SIGSTOP until another member starts the event' },
    [peerKey]: { about: 'The same as the first for BullMQ with its defaults' },
  },
  async run(settings, findings) {
    const { only, print, peerKills } = settings;
    // Each child process has its listener, so that none outlives this one.
    process.setMaxListeners(100);
    const withPeers = peerKills > 0 && (only === null || only.has(peerKey));
    const withOurs = only === null || [...only].some((key) => key !== peerKey);
    if (withPeers) print(`\n${peerKills} kills of BullMQ workers at once, which it takes a minute to notice`);
    else print('\nBullMQ is left out of this run; it needs a minute for a kill');
    const [peers, own] = await together([
      withPeers ? killWorkers(peerKills) : [],
      withOurs ? measureOurs(settings) : null,
    ]);
    if (own) findings.add(ours, own);
    if (peers.length > 0) findings.add('bullmq', { [peerKey]: median(peers) });
  },
};

function measureOurs({ kills, liveMs, print }: BenchSettings): Promise<Readings> {
  print(`${kills} kills of ours under load, beside them handlers that live for ${liveMs / 1_000} s`);
  return withRedis('everysec', async ({ server }) => {
    const bus = createBus({ engine: redisEngineAt(server.url), contracts: [taskContract] });
    await bus.start();
    try {
      const [{ tookMs, doubleStarts }, frozenMs, survivorDoubles] = await together([
        killVictims(bus, server.url, kills, print),
        freezeOne(bus, server.url),
        watchSurvivors(bus, server.url, liveMs),
      ]);
      const { p50, p99 } = latencyOf(tookMs);
      return {
        takeover_p50_ms: p50,
        takeover_p99_ms: p99,
        takeover_max_ms: Math.max(...tookMs),
        double_starts: doubleStarts + survivorDoubles,
        frozen_takeover_ms: frozenMs,
      };
    } finally {
      await bus.stop();
    }
  });
}

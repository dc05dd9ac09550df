import { Client, closedLoop, openLoop, percentileOf } from './dispatch/load.ts';
import { startOurs, startPortkey, startUpstream, type Gateway } from './dispatch/gateways.ts';
import type { BenchSettings, Question } from './harness/question.ts';
import { runRace, type Leg } from './harness/race.ts';

const perSecond = 500;
const callers = 64;

/** What a call through the whole HTTP path costs, beside a gateway that keeps no money. */
export const dispatchQuestion: Question = {
  name: 'dispatch',
  about:
    'what authentication, reservation, audit and settlement add to a call of a model, beside Portkey’s gateway',
  figures: {
    added_p50_ms: { about: 'added at 500 calls/s, open loop, median, ms', target: 'at most 3' },
    added_p99_ms: { about: 'added at 500 calls/s, open loop, 99th percentile, ms', target: 'at most 10' },
    calls_per_s: {
      about: 'calls a second of 64 callers, closed loop',
      target: 'at least 1,500, and 4 × Portkey',
    },
    portkey_added_p50_ms: { about: 'the same of Portkey' },
    portkey_added_p99_ms: { about: 'the same of Portkey' },
    portkey_calls_per_s: { about: 'the same of Portkey' },
    ratio_vs_portkey: { about: 'our calls a second to those of Portkey', target: 'at least 4' },
  },
  async run(settings, findings) {
    const isQuick = settings.rounds === 1;
    const legMs = isQuick ? 1_500 : 8_000;
    const upstream = await startUpstream();
    let direct = { p50: 0, p99: 0 };
    const leg = (who: string, prefix: string, start: () => Promise<Gateway>): Leg => ({
      who,
      run: async () => {
        const gateway = await start();
        try {
          const measured = await measure(gateway, legMs);
          return {
            [`${prefix}added_p50_ms`]: measured.p50 - direct.p50,
            [`${prefix}added_p99_ms`]: measured.p99 - direct.p99,
            [`${prefix}calls_per_s`]: measured.callsPerSecond,
          };
        } finally {
          await gateway.stop();
        }
      },
    });
    try {
      const title = `500 calls/s in an open loop, then ${callers} callers in a closed one; the upstream answers in 20 ms`;
      for (let round = 0; round < settings.rounds; round += 1) {
        direct = await measureDirect(upstream, legMs, settings);
        await runRace(
          {
            title: `${title} (round ${round + 1} of ${settings.rounds})`,
            legs: [
              leg('ours', '', () => startOurs(upstream.target)),
              leg('portkey', 'portkey_', () => startPortkey(upstream.target)),
            ],
            rounds: 1,
          },
          findings,
          settings.print,
        );
      }
    } finally {
      await upstream.stop();
    }
    const rate = (key: string): number => findings.rows(key)[0]?.median ?? 0;
    findings.add('ours', { ratio_vs_portkey: rate('calls_per_s') / rate('portkey_calls_per_s') });
  },
};

async function measureDirect(
  upstream: Gateway,
  legMs: number,
  settings: BenchSettings,
): Promise<{ p50: number; p99: number }> {
  const client = new Client(upstream.target);
  await openLoop(client, perSecond, legMs / 4);
  const latencies = await openLoop(client, perSecond, legMs);
  client.close();
  const direct = { p50: percentileOf(latencies, 50), p99: percentileOf(latencies, 99) };
  settings.print(`\n  the upstream itself: p50 ${direct.p50.toFixed(1)} ms, p99 ${direct.p99.toFixed(1)} ms`);
  return direct;
}

async function measure(
  gateway: Gateway,
  legMs: number,
): Promise<{ p50: number; p99: number; callsPerSecond: number }> {
  const client = new Client(gateway.target);
  // Code is compiled, and connections are open, before anything counts.
  await closedLoop(client, 16, legMs / 2);
  const latencies = await openLoop(client, perSecond, legMs);
  const callsPerSecond = await closedLoop(client, callers, legMs);
  client.close();
  return { p50: percentileOf(latencies, 50), p99: percentileOf(latencies, 99), callsPerSecond };
}

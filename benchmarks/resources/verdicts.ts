import { systemClock, type Clock } from 'raptorflow/kernel';
import { createResources, type ResourceHandle } from 'raptorflow/resources';
import { ours, type Findings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
import { span, traceOf, type Held } from './trace.ts';

const scanEveryMs = 60_000;
const thresholds = 400;
const [shortestMs, longestMs] = [1_000, span.lastsMs];

/** How verdicts compare with the truth. */
interface Score {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * How true the verdicts are. Everything that was opened in the middle of the trace is judged once: a verdict that was passed at any time counts, also when it
 * was taken back later. The rival is one threshold of age for all, and has it chosen afterwards, as the best of all.
 */
export async function verdicts(settings: BenchSettings, findings: Findings): Promise<void> {
  settings.print('\na seeded day of 21 places, six of which hold what they open for hours');
  for (let round = 0; round < settings.rounds; round += 1) {
    const trace = traceOf(round + 1);
    const judged = trace.filter(
      ({ openedAt }) => openedAt >= span.judgedFromMs && openedAt < span.judgedToMs,
    );
    const mine = judgedBy(trace, judged, ({ site }) => ({ site }));
    const byOwner = judgedBy(trace, judged, ({ site }) => ({ owner: site.replace(/-.*/, '') }));
    const byType = judgedBy(trace, judged, () => ({}));
    const rival = bestThreshold(judged);
    const leaks = judged.filter(isLeak).length;
    settings.print(
      `  seed ${round + 1}: ${judged.length} resources, ${leaks} leaks; ours ${inWords(mine)}; best threshold (${Math.round(rival.thresholdMs / 1_000)} s) ${inWords(rival)}`,
    );
    for (const [who, { precision, recall, f1 }] of Object.entries({
      [ours]: mine,
      ours_by_owner: byOwner,
      ours_by_type: byType,
      best_threshold: rival,
    })) {
      findings.add(who, { leak_f1: f1, leak_precision: precision, leak_recall: recall });
    }
  }
}

const isLeak = ({ releasedAt }: Held): boolean => releasedAt === Number.POSITIVE_INFINITY;

/** What is said about where a resource comes from: its place in the program, only the component that it belongs to, or nothing. */
type Origin = (held: Held) => { readonly site?: string; readonly owner?: string };

function judgedBy(trace: readonly Held[], judged: readonly Held[], originOf: Origin): Score {
  const accused = accusedByUs(trace, originOf);
  return scoreOf(judged, (held) => accused.has(held));
}

/** Plays the trace on a clock of its own and answers everything that was ever called a leak. */
function accusedByUs(trace: readonly Held[], originOf: Origin): Set<Held> {
  let now = 0;
  const clock: Clock = { ...systemClock, now: () => now, monotonic: () => now };
  const resources = createResources({ leaks: { everyMs: 0, growth: false } }, { clock });
  const accused = new Set<Held>();
  const open: { readonly held: Held; readonly handle: ResourceHandle }[] = [];
  let next = 0;
  for (let scanAt = scanEveryMs; scanAt <= span.lastsMs; scanAt += scanEveryMs) {
    for (let held = trace[next]; held && held.openedAt < scanAt; held = trace[++next]) {
      now = held.openedAt;
      const handle = resources.register({ type: held.type, ...originOf(held), metadata: { held } });
      // Those that live shorter than a scan are released at once, since nobody sees them in between.
      if (held.releasedAt < scanAt) {
        now = held.releasedAt;
        handle.release();
      } else {
        open.push({ held, handle });
      }
    }
    for (let at = open.length - 1; at >= 0; at -= 1) {
      const one = open[at];
      if (!one || one.held.releasedAt >= scanAt) continue;
      now = one.held.releasedAt;
      one.handle.release();
      open.splice(at, 1);
    }
    now = scanAt;
    for (const { resource } of resources.leaks.scan().found)
      accused.add(resource?.metadata?.['held'] as Held);
  }
  return accused;
}

function bestThreshold(judged: readonly Held[]): Score & { readonly thresholdMs: number } {
  let best = { precision: 0, recall: 0, f1: -1, thresholdMs: 0 };
  for (let step = 0; step < thresholds; step += 1) {
    const thresholdMs = shortestMs * (longestMs / shortestMs) ** (step / (thresholds - 1));
    const score = scoreOf(
      judged,
      (held) => Math.min(held.releasedAt, span.lastsMs) - held.openedAt > thresholdMs,
    );
    if (score.f1 > best.f1) best = { ...score, thresholdMs };
  }
  return best;
}

function scoreOf(judged: readonly Held[], isAccused: (held: Held) => boolean): Score {
  let [right, wrong, missed] = [0, 0, 0];
  for (const held of judged) {
    if (!isAccused(held)) missed += isLeak(held) ? 1 : 0;
    else if (isLeak(held)) right += 1;
    else wrong += 1;
  }
  const precision = right + wrong === 0 ? 0 : right / (right + wrong);
  const recall = right + missed === 0 ? 0 : right / (right + missed);
  return {
    precision,
    recall,
    f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
  };
}

function inWords({ precision, recall, f1 }: Score): string {
  return `F1 ${f1.toFixed(3)} (precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)})`;
}

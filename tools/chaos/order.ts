import type { Difference } from './difference.ts';
import type { Acknowledged, Sent } from './ledger.ts';
import type { Run } from './runs.ts';
import { groups, reads } from './workload.ts';

/** An event in an order: when it was sent and acknowledged, when a handler first began it, and when the last one let go of it. */
interface Step {
  readonly id: string;
  readonly task: string;
  readonly sentAt: number;
  readonly acknowledgedAt: number;
  readonly firstAt: number;
  readonly lastUntil: number;
}

/**
 * Where order is promised, a handler begins only when everything that was acknowledged before its event was sent has been let go of, retries
 * included. What counts as letting go is the run with the highest token: earlier ones may belong to processes that lost their claim. So may that one,
 * where its process fell silent and the event was given up meanwhile (`isGivenUp`): then all that is known is when it began.
 */
export function orderDifferences(
  acknowledged: readonly Acknowledged[],
  sent: ReadonlyMap<string, Sent>,
  runs: ReadonlyMap<string, readonly Run[]>,
  isGivenUp: (group: string, last: Run) => boolean,
): Difference[] {
  return groups.flatMap(({ name, pattern, strict }) => {
    const lanes = new Map<string, Step[]>();
    for (const { task, id, at } of acknowledged) {
      const order = sent.get(task);
      const list = runs.get(`${name}|${id}`);
      if (!order || !list?.[0] || !reads(pattern, order.channel) || (!strict && order.key === null)) continue;
      const lane = [order.channel, order.workspace, order.priority, strict ? '' : order.key].join('|');
      const step: Step = {
        id,
        task,
        sentAt: order.at,
        acknowledgedAt: at,
        firstAt: list[0].at,
        lastUntil: untilOf(list.at(-1), (last) => isGivenUp(name, last)),
      };
      lanes.set(lane, [...(lanes.get(lane) ?? []), step]);
    }
    return [...lanes].flatMap(([lane, steps]) => laneDifferences(`${name} ${lane}`, steps));
  });
}

function untilOf(last: Run | undefined, isGivenUp: (last: Run) => boolean): number {
  if (!last) return 0;
  return isGivenUp(last) ? last.at : last.until;
}

function laneDifferences(lane: string, steps: readonly Step[]): Difference[] {
  const differences: Difference[] = [];
  const before = steps.toSorted((left, right) => left.acknowledgedAt - right.acknowledgedAt);
  let passed = 0;
  let latest: Step | undefined;
  for (const step of steps.toSorted((left, right) => left.sentAt - right.sentAt)) {
    for (let next = before[passed]; next && next.acknowledgedAt < step.sentAt; next = before[passed]) {
      if (!latest || next.lastUntil > latest.lastUntil) latest = next;
      passed += 1;
    }
    if (!latest || latest.lastUntil <= step.firstAt) continue;
    const gap = Math.round(latest.lastUntil - step.firstAt);
    const text = `${lane}: ${step.task} ${step.id} began ${gap} ms before ${latest.task} ${latest.id} had been let go of`;
    differences.push({ rule: 'order', text, at: step.firstAt });
  }
  return differences;
}

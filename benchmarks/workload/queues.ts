/** The workload of alert rules: a rule for each shard, and so many series for each rule, which it finds by their labels. */
export const shards = 100;
/** Series of one shard. */
export const hostsOfShard = 100;
/** The metric of all of them. */
export const metric = 'queue_length';
/** What the rules compare with. */
export const threshold = 900;

/** The labels of a series. */
export function tagsOf(shard: number, host: number): Readonly<Record<string, string>> {
  return { shard: String(shard), host: `host-${host}`, region: host % 2 === 0 ? 'north' : 'south' };
}

/** The name of a shard's rule. */
export function ruleName(shard: number): string {
  return `queue_long_${shard}`;
}

/** A value for each step; one series in ten is always above the threshold, the others are always below. */
export function valueAt(shard: number, host: number, step: number): number {
  const wobble = (shard * 31 + host * 17 + step * 7) % 100;
  return host % 10 === 0 ? 900.5 + wobble : 500 + wobble;
}

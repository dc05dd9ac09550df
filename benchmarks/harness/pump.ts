/** What a pump has done. */
export interface Pumped {
  /** Calls that were answered. */
  readonly count: number;
  readonly seconds: number;
  /** How long each of them took, milliseconds, in the order of the answers. */
  readonly latencies: readonly number[];
}

/** Keeps so many calls under way until the time is up or the number is reached, and waits for the last answers. */
export async function pump(
  options: { readonly inFlight: number; readonly forMs?: number; readonly countMax?: number },
  send: (index: number) => Promise<unknown>,
): Promise<Pumped> {
  const { inFlight, forMs = Number.POSITIVE_INFINITY, countMax = Number.POSITIVE_INFINITY } = options;
  const latencies: number[] = [];
  const begunAt = performance.now();
  const endsAt = begunAt + forMs;
  let next = 0;
  const loop = async (): Promise<void> => {
    let now = performance.now();
    while (now < endsAt && next < countMax) {
      const index = next;
      next += 1;
      await send(index);
      const answeredAt = performance.now();
      latencies.push(answeredAt - now);
      now = answeredAt;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  return { count: latencies.length, seconds: (performance.now() - begunAt) / 1_000, latencies };
}

/** Makes calls one after the other, each after the last one's answer and a turn of the event loop. */
export async function callOneByOne(
  count: number,
  call: (index: number) => Promise<unknown>,
): Promise<number[]> {
  const samples: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const begunAt = performance.now();
    await call(index);
    samples.push(performance.now() - begunAt);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return samples;
}

import type { Findings, Readings } from './findings.ts';
import { median } from './statistics.ts';

/** A contestant of a race. */
export interface Leg {
  readonly who: string;
  /** Measures once, from nothing to nothing: what it starts it also stops. */
  run(): Promise<Readings>;
}

/** Contestants that are measured in the same rounds. */
export interface Race {
  readonly title: string;
  readonly legs: readonly Leg[];
  /**
   * The raw engine. It is measured at the beginning and at the end of every round; when the two differ by more than a quarter, the
   * machine was not the same during the round, and the round is repeated. Without a floor every round counts.
   */
  readonly floor?: { readonly leg: Leg; readonly key: string };
  readonly rounds: number;
}

const driftMax = 0.25;
/** A machine that never comes to rest must not keep a benchmark running for ever. */
const repeatsMax = 3;

/** Runs the rounds of a race; in each of them the contestants change their order. */
export async function runRace(race: Race, findings: Findings, print: (line: string) => void): Promise<void> {
  print(`\n${race.title}`);
  for (let round = 0; round < race.rounds; round += 1) {
    for (let repeat = 0; ; repeat += 1) {
      const { readings, drift } = await runRound(race, round);
      const tooMuch = drift > driftMax && race.rounds > 1;
      const again = tooMuch && repeat < repeatsMax;
      const drifted = race.floor ? `, floor drifted ${Math.round(drift * 100)} %` : '';
      const fate = again
        ? ': repeated'
        : tooMuch
          ? ': counted all the same, the machine does not settle'
          : '';
      print(`  round ${round + 1} of ${race.rounds}${drifted}${fate}`);
      if (again) continue;
      for (const [who, reading] of readings) findings.add(who, reading);
      break;
    }
  }
}

async function runRound(
  race: Race,
  round: number,
): Promise<{ readings: [string, Readings][]; drift: number }> {
  const { legs, floor } = race;
  const before = floor && (await floor.leg.run());
  const readings: [string, Readings][] = [];
  for (let turn = 0; turn < legs.length; turn += 1) {
    const leg = legs[(turn + round) % legs.length];
    if (leg) readings.push([leg.who, await leg.run()]);
  }
  // The order of the table is that of the race, not that of this round.
  readings.sort(([a], [b]) => indexOf(legs, a) - indexOf(legs, b));
  if (!floor || !before) return { readings, drift: 0 };
  const after = await floor.leg.run();
  readings.push([floor.leg.who, middle(before, after)]);
  const [first, last] = [Number(before[floor.key]), Number(after[floor.key])];
  return { readings, drift: Math.abs(first - last) / Math.min(first, last) };
}

function indexOf(legs: readonly Leg[], who: string): number {
  return legs.findIndex((leg) => leg.who === who);
}

function middle(a: Readings, b: Readings): Readings {
  return Object.fromEntries(
    Object.entries(a).map(([key, first]) => {
      const second = b[key] ?? first;
      if (typeof first === 'number' || typeof second === 'number') {
        return [key, median([Number(first), Number(second)])];
      }
      return [key, { p50: median([first.p50, second.p50]), p99: median([first.p99, second.p99]) }];
    }),
  );
}

import type { Counter, CustomInstrument, Gauge, Meter, Rate, RunningTimer, Timer } from './instrument.ts';

const nothing = (): void => undefined;
const silentCounter: Counter = Object.freeze({ add: nothing, with: () => silentCounter });
const silentGauge: Gauge = Object.freeze({
  set: nothing,
  add: nothing,
  observe: () => nothing,
  with: () => silentGauge,
});
const silentRunning: RunningTimer = Object.freeze({ stop: () => 0, [Symbol.dispose]: nothing });
const silentTimer: Timer = Object.freeze({
  record: nothing,
  percentile: () => undefined,
  start: () => silentRunning,
  using: <T>(work: () => T): T => work(),
  with: () => silentTimer,
});
const silentRate: Rate = Object.freeze({
  mark: nothing,
  perSecond: () => undefined,
  with: () => silentRate,
});
const silentCustom: CustomInstrument<unknown> = Object.freeze({
  observe: nothing,
  with: () => silentCustom,
});

/** Takes every recording and keeps nothing; the default where no registry is passed. Its timers measure nothing and answer 0. */
export const silentMeter: Meter = Object.freeze({
  counter: () => silentCounter,
  gauge: () => silentGauge,
  histogram: () => silentTimer,
  timer: () => silentTimer,
  rate: () => silentRate,
  custom: () => silentCustom,
});

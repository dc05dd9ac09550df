import type { MissingPolicy } from './rule.ts';

/*
 * The states of one alert, that is of one series under one rule. `held` is how long the condition has held, `for` is `durationSeconds`,
 * `keep` is `keepFiringSeconds`. What a cell does not name stays as it is. docs/internals/alert-states.md has the picture.
 *
 * | state             | condition holds              | does not hold                                  | no samples, policy `no_data`   |
 * | ----------------- | ---------------------------- | ---------------------------------------------- | ------------------------------ |
 * | inactive          | pending; firing when for = 0 |                                                | no_data                        |
 * | pending           | firing once held >= for      | inactive                                       | no_data                        |
 * | firing            | its clear time is forgotten  | clear time noted; resolved once clear >= keep  | no_data, remembers that it fired |
 * | resolved          | as inactive                  | inactive after `resolvedMs`                    | no_data                        |
 * | no_data           | as inactive                  | inactive                                       |                                |
 * | no_data, had fired | firing, the same as before  | firing with its clear time, or resolved        | resolved after `missingMs`     |
 *
 * The policies `ok` and `firing` turn "no samples" into the second and first column; `keep` leaves every state as it is.
 * Columns one and two are those of Prometheus' `for` and `keep_firing_for`: test/alerts-promtool.test.ts compares them step by step.
 */

/** Since when it has fired, and since when its condition had held. Epoch milliseconds of evaluations. */
export interface FiringSince {
  readonly pendingSince: number;
  readonly since: number;
}

/** The state of one alert. Times are epoch milliseconds of evaluations. */
export type AlertState =
  | { readonly kind: 'inactive' }
  | { readonly kind: 'pending'; readonly since: number }
  | ({
      readonly kind: 'firing';
      /** Since when its condition does not hold any more. */ readonly clearSince: number | null;
    } & FiringSince)
  | { readonly kind: 'resolved'; readonly firedAt: number; readonly at: number }
  | {
      readonly kind: 'no_data';
      readonly since: number;
      /** What it was before, if it was firing. */ readonly fired: FiringSince | null;
    };

/** The words for states. */
export type AlertStateKind = AlertState['kind'];

/** What one evaluation says about one series. */
export type Verdict = 'breach' | 'clear' | 'missing';

/** What a rule says about time. */
export interface Timing {
  readonly forMs: number;
  readonly keepFiringMs: number;
  readonly missing: MissingPolicy;
  /** How long a resolved alert is shown. */
  readonly resolvedMs: number;
  /** How long an alert that fired may be without samples. */
  readonly missingMs: number;
}

/** Where every alert begins. */
export const inactive: AlertState = Object.freeze({ kind: 'inactive' });

/** The state after one more evaluation: the same object when nothing changes, so that a round without changes allocates nothing. */
export function advance(state: AlertState, said: Verdict, at: number, timing: Timing): AlertState {
  let verdict = said;
  if (verdict === 'missing') {
    if (timing.missing === 'keep') return state;
    if (timing.missing === 'no_data') return loseData(state, at, timing);
    verdict = timing.missing === 'ok' ? 'clear' : 'breach';
  }
  if (state.kind === 'firing') return verdict === 'breach' ? keepFiring(state) : clear(state, at, timing);
  if (state.kind === 'no_data' && state.fired) {
    const firing = { kind: 'firing', ...state.fired, clearSince: null } as const;
    return verdict === 'breach' ? firing : clear(firing, at, timing);
  }
  if (verdict === 'clear') {
    if (state.kind === 'inactive') return state;
    return state.kind === 'resolved' && at - state.at < timing.resolvedMs ? state : inactive;
  }
  // A clock that was set back must not make anybody wait for the time to come round again.
  const since = state.kind === 'pending' ? Math.min(state.since, at) : at;
  if (at - since >= timing.forMs) return { kind: 'firing', pendingSince: since, since: at, clearSince: null };
  return state.kind === 'pending' && state.since === since ? state : { kind: 'pending', since };
}

type Firing = Extract<AlertState, { kind: 'firing' }>;

function keepFiring(state: Firing): AlertState {
  return state.clearSince === null ? state : { ...state, clearSince: null };
}

function clear(state: Firing, at: number, timing: Timing): AlertState {
  const clearSince = state.clearSince === null ? at : Math.min(state.clearSince, at);
  if (at - clearSince >= timing.keepFiringMs) return { kind: 'resolved', firedAt: state.since, at };
  return clearSince === state.clearSince ? state : { ...state, clearSince };
}

function loseData(state: AlertState, at: number, timing: Timing): AlertState {
  if (state.kind === 'no_data') {
    if (!state.fired || at - state.since < timing.missingMs) return state;
    return { kind: 'resolved', firedAt: state.fired.since, at };
  }
  // What its people were told is that it had ended; that it lacks data now is not news to them.
  if (state.kind === 'resolved' && at - state.at < timing.resolvedMs) return state;
  const fired = state.kind === 'firing' ? { pendingSince: state.pendingSince, since: state.since } : null;
  return { kind: 'no_data', since: at, fired };
}

/** Whether an alert fires, as far as people are concerned: also while its data is missing. */
export function isFiring(state: AlertState): boolean {
  return state.kind === 'firing' || (state.kind === 'no_data' && state.fired !== null);
}

/** Since when an alert fires, as far as people are concerned: also while its data is missing. Null when it does not fire. */
export function firingSince(state: AlertState): number | null {
  if (state.kind === 'firing') return state.since;
  return state.kind === 'no_data' && state.fired ? state.fired.since : null;
}

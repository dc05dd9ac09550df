import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Groups, type Told } from './groups.ts';
import type { GroupMember, StoredGroup } from './record.ts';
import type { ResolvedRoute } from './options.ts';

const route = (rest: Partial<ResolvedRoute> = {}): ResolvedRoute => ({
  name: 'all',
  matchers: [],
  notifiers: ['log'],
  groupBy: ['team'],
  continue: false,
  pace: { groupWaitSeconds: 2, groupIntervalSeconds: 3, repeatIntervalSeconds: 20 },
  ...rest,
});

const memberOf = (alert: number, at: number): GroupMember => ({
  alertId: `alt_${alert}`,
  ruleId: 'rule',
  rule: 'rule',
  workspaceId: null,
  severity: 'warning',
  summary: '',
  runbookUrl: null,
  labels: { team: alert % 2 === 0 ? 'even' : 'odd', alert: String(alert) },
  value: 1,
  firingSince: at,
  resolvedAt: null,
  toldSince: null,
});

/** What happens in one second: an alert begins or ends, is muted or heard again, or nothing. */
type Step =
  | { readonly kind: 'begin' | 'end' | 'mute' | 'unmute'; readonly alert: number }
  | { readonly kind: 'nothing' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('begin', 'end', 'mute', 'unmute'),
    alert: fc.nat(3),
  }),
  fc.constant({ kind: 'nothing' as const }),
);

/** Plays steps a second apart; after each of `kills` only what is stored goes on. */
function play(steps: readonly Step[], kills: ReadonlySet<number>): Told[] {
  let groups = new Groups([route()], 100);
  const firing = new Set<number>();
  const muted = new Set<string>();
  const stored = new Map<string, string>();
  const told: Told[] = [];
  const keep = (keys: readonly string[]): void => {
    for (const key of keys) {
      const group = groups.stored(key);
      if (group) stored.set(key, JSON.stringify(group));
      else stored.delete(key);
    }
  };
  for (const [index, event] of steps.entries()) {
    const at = index * 1_000;
    if (event.kind === 'begin' && !firing.has(event.alert)) {
      firing.add(event.alert);
      keep(groups.begin(memberOf(event.alert, at), at));
    }
    if (event.kind === 'end' && firing.delete(event.alert)) keep(groups.end(`alt_${event.alert}`, 0, at));
    if (event.kind === 'mute') muted.add(`alt_${event.alert}`);
    if (event.kind === 'unmute') muted.delete(`alt_${event.alert}`);
    const outcome = groups.flush({
      at,
      isMuted: ({ alertId }) => muted.has(alertId),
      isAcknowledged: () => false,
    });
    keep(outcome.changed);
    told.push(...outcome.told);
    if (!kills.has(index)) continue;
    groups = new Groups([route()], 100);
    for (const text of stored.values()) groups.restore(JSON.parse(text) as StoredGroup);
  }
  return told;
}

describe('groups', () => {
  it('tell the same when only what they store goes on, after any step', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.uniqueArray(fc.nat(60)), (steps, kills) => {
        expect(play(steps, new Set(kills))).toEqual(play(steps, new Set()));
      }),
    );
  });

  it('tell no end that had no beginning, nothing of a firing after its end, and no alert twice at once', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const begun = new Set<string>();
        const latest = new Map<string, number>();
        const ended = new Set<string>();
        for (const { notification } of play(steps, new Set())) {
          for (const { id, status, firingSince } of notification.alerts) {
            const key = `${id} ${firingSince}`;
            if (status === 'resolved') {
              expect(begun.has(id)).toBe(true);
              ended.add(key);
              continue;
            }
            begun.add(id);
            expect(ended.has(key)).toBe(false);
            expect(firingSince).toBeGreaterThanOrEqual(latest.get(id) ?? 0);
            latest.set(id, firingSince);
          }
          expect(new Set(notification.alerts.map(({ id }) => id)).size).toBe(notification.alerts.length);
        }
      }),
    );
  });

  it('are forgotten when nothing is left in them', () => {
    const groups = new Groups([route()], 100);
    groups.begin(memberOf(0, 0), 0);
    groups.end('alt_0', null, 1_000);
    expect(groups.nextAt()).toBe(2_000);
    const { told, changed } = groups.flush({ at: 2_000, isMuted: () => false, isAcknowledged: () => false });
    expect(told).toEqual([]);
    expect(changed.map((key) => groups.stored(key))).toEqual([undefined]);
    expect(groups.nextAt()).toBeNull();
  });

  it('show as many alerts as allowed, and say how many are left out', () => {
    const groups = new Groups([route({ groupBy: [] })], 2);
    for (let alert = 0; alert < 5; alert += 1) groups.begin(memberOf(alert, 0), 0);
    const { told } = groups.flush({ at: 2_000, isMuted: () => false, isAcknowledged: () => false });
    expect(told[0]?.notification).toMatchObject({
      alerts: [{ id: 'alt_0' }, { id: 'alt_1' }],
      alertsLeftOut: 3,
    });
  });
});

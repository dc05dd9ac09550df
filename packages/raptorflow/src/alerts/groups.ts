import { keyOfTags, stableId } from './instance.ts';
import { matches } from './matcher.ts';
import type { Mutable } from './mutes.ts';
import type { Notification, NotifiedAlert } from './notifier.ts';
import type { ResolvedRoute } from './options.ts';
import type { GroupMember, StoredGroup } from './record.ts';
import { tagsBy } from './sampling.ts';

/*
 * A group has no state beyond what it stores: its members, what was told of them, and when it looks next.
 *
 * - An alert that begins to fire joins the group of each of its routes. A new group looks after `groupWait`, one that exists when it would anyway.
 * - When a group looks, it tells if a member fires that was not told of, if one has ended that was told of, or if `repeatInterval` has passed
 *   and a member fires that nobody has acknowledged. It looks again after `groupInterval`.
 * - Muted members are not told of while they are muted. What was told of before is told to have ended even then: whoever opened a ticket can close it.
 * - A member that has ended leaves once it was told of, or when nobody was ever told that it fired. A group without members is forgotten.
 */

/** What a group needs to know of the world when it looks. */
export interface GroupView {
  readonly at: number;
  isMuted(member: Mutable): boolean;
  isAcknowledged(member: GroupMember): boolean;
}

/** A notification, and for whom it is. */
export interface Told {
  readonly notification: Notification;
  readonly notifiers: readonly string[];
}

interface Group {
  readonly key: string;
  readonly route: ResolvedRoute;
  readonly labels: StoredGroup['labels'];
  readonly members: Map<string, GroupMember>;
  flushAt: number;
  toldAt: number | null;
}

const msOfASecond = 1_000;

/** Alerts in company. */
export class Groups {
  readonly #routes: readonly ResolvedRoute[];
  readonly #alertsMax: number;
  readonly #groups = new Map<string, Group>();
  /** The groups of each alert, so that its end need not be looked for in all. */
  readonly #ofAlert = new Map<string, Set<Group>>();

  constructor(routes: readonly ResolvedRoute[], alertsPerNotificationMax: number) {
    this.#routes = routes;
    this.#alertsMax = alertsPerNotificationMax;
  }

  /** Takes a group over from a store. One whose route is gone answers false. */
  restore(stored: StoredGroup): boolean {
    const route = this.#routes.find(({ name }) => name === stored.route);
    if (!route) return false;
    const { key, labels, flushAt, toldAt } = stored;
    const members = new Map(stored.members.map((member) => [member.alertId, member]));
    const group = { key, route, labels, members, flushAt, toldAt };
    this.#groups.set(key, group);
    for (const id of members.keys()) this.#join(id, group);
    return true;
  }

  /** An alert fires. Answers the keys of the groups that changed. */
  begin(member: GroupMember, at: number): string[] {
    const changed: string[] = [];
    for (const route of this.#routes) {
      if (!matches(route.matchers, member.labels)) continue;
      const labels = tagsBy(member.labels, route.groupBy);
      const key = `${route.name} ${keyOfTags(labels)}`;
      const group = this.#groups.get(key) ?? {
        key,
        route,
        labels,
        members: new Map<string, GroupMember>(),
        flushAt: at + route.pace.groupWaitSeconds * msOfASecond,
        toldAt: null,
      };
      this.#groups.set(key, group);
      const before = group.members.get(member.alertId);
      group.members.set(member.alertId, { ...member, toldSince: before?.toldSince ?? null });
      this.#join(member.alertId, group);
      changed.push(key);
      if (!route.continue) break;
    }
    return changed;
  }

  /** An alert has ended. Answers the keys of the groups that changed. */
  end(alertId: string, value: number | null, at: number): string[] {
    const changed: string[] = [];
    for (const group of this.#ofAlert.get(alertId) ?? []) {
      const member = group.members.get(alertId);
      if (!member || member.resolvedAt !== null) continue;
      group.members.set(alertId, { ...member, resolvedAt: at, value: value ?? member.value });
      changed.push(group.key);
    }
    return changed;
  }

  /** The value of a firing alert, asked for when it is told of. */
  refresh(valueOf: (alertId: string) => number | null | undefined): void {
    for (const { members } of this.#groups.values()) {
      for (const [id, member] of members) {
        const value = valueOf(id);
        if (member.resolvedAt === null && value !== undefined && value !== null && value !== member.value) {
          members.set(id, { ...member, value });
        }
      }
    }
  }

  /** When the next group looks; null when there is none. */
  nextAt(): number | null {
    let next: number | null = null;
    for (const { flushAt } of this.#groups.values()) if (next === null || flushAt < next) next = flushAt;
    return next;
  }

  /** Lets every group look whose time has come. Answers what is to be told, and the keys of the groups that changed. */
  flush(view: GroupView): { readonly told: Told[]; readonly changed: string[] } {
    const told: Told[] = [];
    const changed: string[] = [];
    for (const group of this.#groups.values()) {
      if (group.flushAt > view.at) continue;
      changed.push(group.key);
      const notification = this.#look(group, view);
      if (notification) told.push({ notification, notifiers: group.route.notifiers });
      if (group.members.size === 0) this.#groups.delete(group.key);
      else group.flushAt = view.at + group.route.pace.groupIntervalSeconds * msOfASecond;
    }
    return { told, changed };
  }

  /** Ids of the alerts that groups take for firing. */
  firing(): string[] {
    const isFiring = (id: string, groups: ReadonlySet<Group>): boolean =>
      [...groups].some(({ members }) => members.get(id)?.resolvedAt === null);
    return [...this.#ofAlert].flatMap(([id, groups]) => (isFiring(id, groups) ? [id] : []));
  }

  /** The group as it is stored; undefined when it is forgotten. */
  stored(key: string): StoredGroup | undefined {
    const group = this.#groups.get(key);
    if (!group) return undefined;
    const { labels, members, flushAt, toldAt } = group;
    return { key, route: group.route.name, labels, members: [...members.values()], flushAt, toldAt };
  }

  #look(group: Group, view: GroupView): Notification | null {
    const firing: GroupMember[] = [];
    const ended: GroupMember[] = [];
    let isNews = false;
    for (const member of group.members.values()) {
      if (member.resolvedAt !== null) {
        if (member.toldSince !== null) ended.push(member);
        this.#leave(member.alertId, group);
      } else if (!view.isMuted(member)) {
        firing.push(member);
        if (member.toldSince !== member.firingSince) isNews = true;
      }
    }
    isNews ||= ended.length > 0;
    const repeatMs = group.route.pace.repeatIntervalSeconds * msOfASecond;
    const isDue = group.toldAt !== null && view.at - group.toldAt >= repeatMs;
    if (!isNews && !(isDue && firing.some((member) => !view.isAcknowledged(member)))) return null;
    group.toldAt = view.at;
    for (const member of firing) {
      group.members.set(member.alertId, { ...member, toldSince: member.firingSince });
    }
    return this.#write(group, firing, ended, isNews ? 'news' : 'repeat', view.at);
  }

  #join(alertId: string, group: Group): void {
    const groups = this.#ofAlert.get(alertId);
    if (groups) groups.add(group);
    else this.#ofAlert.set(alertId, new Set([group]));
  }

  #leave(alertId: string, group: Group): void {
    group.members.delete(alertId);
    const groups = this.#ofAlert.get(alertId);
    groups?.delete(group);
    if (groups?.size === 0) this.#ofAlert.delete(alertId);
  }

  #write(
    group: Group,
    firing: readonly GroupMember[],
    ended: readonly GroupMember[],
    reason: Notification['reason'],
    at: number,
  ): Notification {
    const alerts = [...firing, ...ended];
    return {
      id: stableId('ntf', group.key, at),
      status: firing.length > 0 ? 'firing' : 'resolved',
      reason,
      route: group.route.name,
      groupLabels: group.labels,
      alerts: alerts.slice(0, this.#alertsMax).map(notifiedOf),
      alertsLeftOut: Math.max(0, alerts.length - this.#alertsMax),
      at,
    };
  }
}

function notifiedOf(member: GroupMember): NotifiedAlert {
  const { alertId, ruleId: _ruleId, toldSince: _toldSince, ...rest } = member;
  return { id: alertId, status: member.resolvedAt === null ? 'firing' : 'resolved', ...rest };
}

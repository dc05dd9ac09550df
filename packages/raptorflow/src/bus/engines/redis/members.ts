import type { Member } from './member.ts';

/** The members of this process, and what those of one group hold together. */
export class Members {
  readonly #members = new Map<string, Member>();

  get all(): readonly Member[] {
    return [...this.#members.values()];
  }

  get size(): number {
    return this.#members.size;
  }

  has(member: Member): boolean {
    return this.#members.has(member.id);
  }

  add(member: Member): void {
    this.#members.set(member.id, member);
  }

  delete(member: Member): void {
    this.#members.delete(member.id);
  }

  of(group: string): Member[] {
    return this.all.filter(({ spec }) => spec.group === group);
  }

  /** How much the members of a group may hold together. */
  allowedOf(group: string): number {
    return this.of(group).reduce((sum, { allowed }) => sum + allowed, 0);
  }

  /** How many events of each workspace they hold. */
  inHandOf(group: string): Record<string, number> {
    const sum: Record<string, number> = {};
    for (const member of this.of(group)) {
      for (const { lane } of member.flights.values()) sum[lane.workspace] = (sum[lane.workspace] ?? 0) + 1;
    }
    return sum;
  }
}

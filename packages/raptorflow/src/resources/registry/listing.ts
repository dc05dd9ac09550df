import type { Registry } from './registry.ts';
import type { ResourceFilter, ResourceInfo } from './resource.ts';
import { statusCodes, statusNames } from './slot-table.ts';

const listedByDefault = 1_000;
const rankedMax = 100;

/** What is known about the resource in a slot now. */
export function infoOf(registry: Registry, slot: number): ResourceInfo {
  const { table, types, sites, clock } = registry;
  const now = clock.monotonic();
  const wall = clock.now();
  const ageMs = now - (table.created[slot] ?? 0);
  const idleMs = now - (table.touched[slot] ?? 0);
  const lease = table.lease[slot] ?? 0;
  return {
    id: registry.reportedId(slot),
    type: types.names[table.type[slot] ?? 0] ?? '',
    status: statusNames[table.status[slot] ?? 0] ?? 'active',
    createdAt: wall - ageMs,
    lastUsedAt: wall - idleMs,
    ageMs,
    idleMs,
    sizeBytes: table.bytes[slot] ?? 0,
    owner: table.owners[slot],
    workspaceId: table.workspaces[slot],
    agentId: table.agents[slot],
    runId: table.runs[slot],
    leaseId: lease === 0 ? undefined : leaseIdOf(lease),
    callSite: sites.describe(table.group[slot] ?? 0, table.site[slot] ?? 0),
    metadata: table.metadata[slot],
    error: registry.errors.get(slot),
  };
}

/** The id of the lease with this number. */
export function leaseIdOf(lease: number): string {
  return `lease_${lease.toString(36)}`;
}

/** Slots of the open resources that fit, at most so many. */
export function slotsOf(registry: Registry, filter: ResourceFilter, limit: number): number[] {
  const { table, types } = registry;
  const { type, status, owner, workspaceId, agentId, runId, leaseId } = filter;
  const typeNumber = type === undefined ? -1 : types.find(type);
  const statusNumber = status === undefined ? -1 : statusNames.indexOf(status);
  const lease = leaseId === undefined ? -1 : Number.parseInt(leaseId.replace(/^lease_/, ''), 36);
  const found: number[] = [];
  if (typeNumber === undefined || status === 'cleaned_up') return found;
  for (let slot = 0; slot < table.used && found.length < limit; slot += 1) {
    if (table.status[slot] === statusCodes.free) continue;
    if (typeNumber >= 0 && table.type[slot] !== typeNumber) continue;
    if (statusNumber >= 0 && table.status[slot] !== statusNumber) continue;
    if (owner !== undefined && table.owners[slot] !== owner) continue;
    if (workspaceId !== undefined && table.workspaces[slot] !== workspaceId) continue;
    if (agentId !== undefined && table.agents[slot] !== agentId) continue;
    if (runId !== undefined && table.runs[slot] !== runId) continue;
    if (lease >= 0 && table.lease[slot] !== lease) continue;
    found.push(slot);
  }
  return found;
}

/** The open resources that fit, in no particular order. */
export function listResources(registry: Registry, filter: ResourceFilter): ResourceInfo[] {
  return slotsOf(registry, filter, filter.limit ?? listedByDefault).map((slot) => infoOf(registry, slot));
}

/** Numbers of open resources by type and by status. */
export function countsOf(registry: Registry): {
  readonly byType: Record<string, number>;
  readonly byStatus: Record<'active' | 'idle' | 'leaked' | 'error', number>;
} {
  const byType: Record<string, number> = {};
  const byStatus = { active: 0, idle: 0, leaked: 0, error: 0 };
  for (const [type, name] of registry.types.names.entries()) {
    let sum = 0;
    for (const status of ['active', 'idle', 'leaked', 'error'] as const) {
      const count = registry.countOf(type, statusCodes[status]);
      byStatus[status] += count;
      sum += count;
    }
    if (sum > 0) byType[name] = sum;
  }
  return { byType, byStatus };
}

/** The owners, or workspaces, with most open resources. */
export function rankBy(registry: Registry, names: readonly (string | undefined)[]): Record<string, number> {
  const { table } = registry;
  const counts = new Map<string, number>();
  for (let slot = 0; slot < table.used; slot += 1) {
    const name = names[slot];
    if (name === undefined || table.status[slot] === statusCodes.free) continue;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a).slice(0, rankedMax));
}

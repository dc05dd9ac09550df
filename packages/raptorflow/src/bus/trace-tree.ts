import type { TracedEvent, TraceHandling, TraceNode } from './trace.ts';

/** A node while its tree grows. */
export interface Growing {
  readonly id: string;
  readonly presence: TraceNode['presence'];
  readonly event: TracedEvent | null;
  handlings: readonly TraceHandling[];
  costMicroUsd: number | null;
  readonly children: Growing[];
}

/**
 * Arranges events under what caused them. `events` come in the order of storing, and so do the children of each; `lost` are causes that are
 * not among them. Whatever the causes say, every event stands in the tree once: where they form a circle, it is cut.
 */
export function plantTree(
  events: readonly TracedEvent[],
  lost: ReadonlyMap<string, Growing>,
  handlings: ReadonlyMap<string, readonly TraceHandling[]>,
): { readonly roots: readonly Growing[]; readonly nodes: readonly Growing[] } {
  const byId = new Map<string, Growing>();
  for (const event of events) {
    byId.set(event.id, {
      id: event.id,
      presence: 'stored',
      event,
      handlings: [],
      costMicroUsd: null,
      children: [],
    });
  }
  for (const [id, node] of lost) byId.set(id, node);
  for (const [id, node] of byId) if (isShown(node)) node.handlings = handlings.get(id) ?? [];
  const roots: Growing[] = [];
  const parents = new Map<Growing, Growing>();
  const placed = new Set<Growing>();
  const place = (node: Growing): void => {
    placed.add(node);
    const cause = causeOf(node, byId);
    // A lost cause stands where the first event that it caused does.
    if (cause && cause.presence !== 'stored' && !placed.has(cause)) place(cause);
    if (!cause || isBelow(cause, node, parents)) {
      roots.push(node);
      return;
    }
    parents.set(node, cause);
    cause.children.push(node);
  };
  for (const event of events) place(byId.get(event.id) as Growing);
  return { roots, nodes: [...byId.values()] };
}

// What belongs to another request is a root here, whatever caused it.
function causeOf(node: Growing, byId: ReadonlyMap<string, Growing>): Growing | undefined {
  const causationId = node.presence === 'elsewhere' ? null : node.event?.causationId;
  return causationId ? byId.get(causationId) : undefined;
}

function isBelow(node: Growing, top: Growing, parents: ReadonlyMap<Growing, Growing>): boolean {
  for (let next: Growing | undefined = node; next; next = parents.get(next)) if (next === top) return true;
  return false;
}

// What groups do with events of other requests and workspaces is not part of this story.
function isShown({ presence }: Growing): boolean {
  return presence !== 'elsewhere' && presence !== 'hidden';
}

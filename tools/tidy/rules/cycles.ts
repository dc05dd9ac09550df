import { resolveImport } from '../layout.ts';
import type { Rule, Violation } from '../rule.ts';
import type { Tree } from '../tree.ts';

/** No import cycles between files; type imports and lazy imports count. */
export const cyclesRule: Rule = {
  name: 'import-cycle',
  check: (tree) => {
    const graph = importGraph(tree);
    return cyclesOf(graph).map((cycle): Violation => {
      const [first = ''] = cycle;
      return {
        path: first,
        line: 1,
        message: `import cycle ${[...cycle, first].join(' → ')}`,
        instead: 'move what both need into a third file, or pass it in',
      };
    });
  },
};

type Graph = ReadonlyMap<string, readonly string[]>;

function importGraph(tree: Tree): Graph {
  const graph = new Map<string, string[]>();
  for (const source of tree.sources) {
    const targets = source.imports
      .filter((edge) => edge.kind !== 'address' && edge.specifier !== null)
      .map((edge) => resolveImport(tree, source.path, edge.specifier ?? ''))
      .filter((target) => typeof target === 'object')
      .map((target) => target.path);
    graph.set(source.path, targets);
  }
  return graph;
}

/** One shortest cycle for every knot of files that import each other, found by reachability from its first file. */
function cyclesOf(graph: Graph): string[][] {
  const cycles: string[][] = [];
  for (const knot of knotsOf(graph)) {
    const [first] = [...knot].sort();
    if (first === undefined) continue;
    const cycle = shortestWayBack(graph, first, knot);
    if (cycle !== null) cycles.push(cycle);
  }
  return cycles;
}

/** Strongly connected components with more than one file or a file that imports itself (Tarjan, without recursion). */
function knotsOf(graph: Graph): Set<string>[] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const knots: Set<string>[] = [];
  for (const start of graph.keys()) {
    if (order.has(start)) continue;
    const frames = [{ file: start, next: 0 }];
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const { file } = frame;
      if (frame.next === 0) {
        order.set(file, order.size);
        low.set(file, order.get(file) ?? 0);
        open.push(file);
        isOpen.add(file);
      }
      const target = graph.get(file)?.[frame.next];
      frame.next += 1;
      if (target !== undefined) {
        if (!order.has(target) && graph.has(target)) frames.push({ file: target, next: 0 });
        else if (isOpen.has(target)) lower(low, file, order.get(target));
        continue;
      }
      frames.pop();
      const parent = frames.at(-1);
      if (parent !== undefined) lower(low, parent.file, low.get(file));
      if (low.get(file) === order.get(file)) closeKnot(graph, file, open, isOpen, knots);
    }
  }
  return knots;
}

function lower(low: Map<string, number>, file: string, value: number | undefined): void {
  low.set(file, Math.min(low.get(file) ?? 0, value ?? Number.POSITIVE_INFINITY));
}

function closeKnot(
  graph: Graph,
  file: string,
  open: string[],
  isOpen: Set<string>,
  knots: Set<string>[],
): void {
  const knot = new Set<string>();
  for (let member = open.pop(); member !== undefined; member = open.pop()) {
    isOpen.delete(member);
    knot.add(member);
    if (member === file) break;
  }
  if (knot.size > 1 || graph.get(file)?.includes(file) === true) knots.push(knot);
}

function shortestWayBack(graph: Graph, first: string, knot: ReadonlySet<string>): string[] | null {
  const cameFrom = new Map<string, string>();
  const queue = [first];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    for (const target of graph.get(file) ?? []) {
      if (target === first) return wayTo(file, first, cameFrom);
      if (!knot.has(target) || cameFrom.has(target)) continue;
      cameFrom.set(target, file);
      queue.push(target);
    }
  }
  return null;
}

function wayTo(file: string, first: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way = [file];
  for (let at = file; at !== first;) {
    const before = cameFrom.get(at);
    if (before === undefined) break;
    way.unshift(before);
    at = before;
  }
  return way;
}

/**
 * Whether a channel's name fits a pattern: `*` stands for exactly one segment, `>` (only at the end) for one or more.
 */
export function matchesPattern(pattern: string, channel: string): boolean {
  if (pattern === channel) return true;
  if (!isWild(pattern)) return false;
  const wanted = pattern.split('.');
  const found = channel.split('.');
  for (const [index, segment] of wanted.entries()) {
    if (segment === '>') return found.length > index;
    if (index >= found.length) return false;
    if (segment !== '*' && segment !== found[index]) return false;
  }
  return wanted.length === found.length;
}

/** Whether a pattern can match more than the channel of its own name. */
export function isWild(pattern: string): boolean {
  return pattern.includes('*') || pattern.endsWith('>');
}

interface Node<T> {
  readonly children: Map<string, Node<T>>;
  readonly here: Set<T>;
  readonly rest: Set<T>;
}

const node = <T>(): Node<T> => ({ children: new Map(), here: new Set(), rest: new Set() });

/** Channels whose matches are remembered. */
const cachedChannelsMax = 10_000;

/** Finds, for a channel, everything that was added under a pattern which it fits. A trie; answers are remembered until it changes. */
export class PatternIndex<T> {
  readonly #root: Node<T> = node();
  readonly #cache = new Map<string, readonly T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(pattern: string, value: T): void {
    const target = this.#walk(pattern, true);
    if (!target || target.has(value)) return;
    target.add(value);
    this.#size += 1;
    this.#cache.clear();
  }

  delete(pattern: string, value: T): void {
    if (!this.#walk(pattern, false)?.delete(value)) return;
    this.#size -= 1;
    this.#cache.clear();
  }

  /** Everything whose pattern fits, each once, in no particular order. The answer must not be changed. */
  match(channel: string): readonly T[] {
    const known = this.#cache.get(channel);
    if (known) return known;
    const found = new Set<T>();
    collect(this.#root, channel.split('.'), 0, found);
    if (this.#cache.size >= cachedChannelsMax) this.#cache.clear();
    const values = [...found];
    this.#cache.set(channel, values);
    return values;
  }

  #walk(pattern: string, create: boolean): Set<T> | undefined {
    let at = this.#root;
    for (const segment of pattern.split('.')) {
      if (segment === '>') return at.rest;
      let next = at.children.get(segment);
      if (!next) {
        if (!create) return undefined;
        next = node();
        at.children.set(segment, next);
      }
      at = next;
    }
    return at.here;
  }
}

function collect<T>(at: Node<T>, segments: readonly string[], depth: number, found: Set<T>): void {
  if (depth === segments.length) {
    for (const value of at.here) found.add(value);
    return;
  }
  for (const value of at.rest) found.add(value);
  const exact = at.children.get(segments[depth] ?? '');
  if (exact) collect(exact, segments, depth + 1, found);
  const any = at.children.get('*');
  if (any) collect(any, segments, depth + 1, found);
}

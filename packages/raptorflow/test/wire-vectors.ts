import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A call that docs/reference/redis-wire.md shows, and its answer. */
export interface WireStep {
  readonly say: string;
  readonly procedure?: string;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
  readonly command?: readonly [string, ...(string | number)[]];
  readonly answer: unknown;
}

const page = readFileSync(
  fileURLToPath(new URL('../../../docs/reference/redis-wire.md', import.meta.url)),
  'utf8',
);

function fenced(name: string): string {
  return page.split(`${name}\n`)[1]?.split('\n```')[0] ?? '';
}

/** The two events of the vectors, as they are stored. */
export const wireEvents: readonly [string, string] = JSON.parse(fenced('```json vectors-events')) as [
  string,
  string,
];

/** The vectors, with their events in place. */
export const wireSteps: readonly WireStep[] = fenced('```jsonl vectors')
  .split('\n')
  .map((line) => {
    const [first, second] = wireEvents.map((event) => JSON.stringify(event));
    return JSON.parse(
      line.replaceAll('"$event1"', () => first ?? '').replaceAll('"$event2"', () => second ?? ''),
    ) as WireStep;
  });

/** What the page says of workspaces: name, tag, partition of 16. */
export const wireTags: readonly (readonly [string, number, number])[] = page.split('\n').flatMap((line) => {
  const [, name, tag, partition] = /^\| (`.*`|\(none\)) +\| (\d+) +\| (\d+) +\|$/u.exec(line) ?? [];
  if (name === undefined) return [];
  return [[name === '(none)' ? '' : name.slice(1, -1), Number(tag), Number(partition)] as const];
});

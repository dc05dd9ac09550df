import type { MetricsSnapshot } from '../snapshot.ts';
import { familiesOf, type AnyKind, type ExposedFamily } from './family.ts';
import { writeFamily } from './lines.ts';
import { ExpositionNames } from './names.ts';
import { Sheet } from './sheet.ts';
import type { ExpositionFormat } from './text.ts';

/** About as much is written in half a millisecond, before others get their turn. */
const sliceBytesMin = 100_000;

/** Writes families in slices of UTF-8 text, with a turn of the event loop after each, so that it never stands still for long. */
export async function* exposeFamilies(
  families: Iterable<ExposedFamily>,
  format: ExpositionFormat,
): AsyncGenerator<Uint8Array, void, undefined> {
  const sheet = new Sheet();
  const writing = { sheet, names: new ExpositionNames(), format };
  for (const family of families) {
    // Not `for (const _ of …)`: the generator pauses after each of perhaps ten thousand series, and has nothing to say.
    const steps = writeFamily(family, writing);
    while (steps.next().done !== true) {
      if (sheet.length < sliceBytesMin) continue;
      yield sheet.take();
      await nextTurn();
    }
  }
  if (format === 'openmetrics') sheet.text('# EOF\n');
  yield sheet.take();
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** All slices as one text. */
export async function joined(slices: AsyncIterable<Uint8Array>): Promise<string> {
  // A character may not be cut: slices end with a line.
  const decoder = new TextDecoder();
  const texts: string[] = [];
  for await (const slice of slices) texts.push(decoder.decode(slice));
  return texts.join('');
}

/** How a snapshot is exposed. */
export interface ExposeSnapshotOptions {
  readonly format: ExpositionFormat;
  /** The kinds of one's own that the snapshot may contain; metrics of others are left out. */
  readonly kinds?: readonly AnyKind[];
}

/**
 * A snapshot as Prometheus or OpenMetrics text, in slices of UTF-8: for one that was merged of several processes. Between slices
 * other work gets its turn.
 */
export function exposeSnapshot(
  snapshot: MetricsSnapshot,
  options: ExposeSnapshotOptions,
): AsyncIterable<Uint8Array> {
  return exposeFamilies(familiesOf(snapshot, options.kinds ?? []), options.format);
}

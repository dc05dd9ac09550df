/** A line of values in one row of blocks, for a terminal. */

const blocks = '▁▂▃▄▅▆▇█';

/** The values from left to right, as many as `width`; what was not measured is a gap. From nothing up to `top`, by default the largest. */
export function sparkline(values: readonly (number | null)[], width: number, top?: number): string {
  const shown = shrink(values, width);
  const most = top ?? Math.max(0, ...shown.flatMap((value) => value ?? []));
  return shown
    .map((value) => {
      if (value === null) return ' ';
      if (most <= 0 || value <= 0) return blocks[0];
      return blocks[Math.min(blocks.length - 1, Math.floor((value / most) * blocks.length))];
    })
    .join('');
}

// Of values that share a block the largest is shown: peaks must not vanish.
function shrink(values: readonly (number | null)[], width: number): (number | null)[] {
  if (values.length <= width) return [...values];
  return Array.from({ length: width }, (_, column) => {
    const from = Math.floor((column * values.length) / width);
    const to = Math.floor(((column + 1) * values.length) / width);
    const part = values.slice(from, to).flatMap((value) => value ?? []);
    return part.length === 0 ? null : Math.max(...part);
  });
}

/** One line of the table: what was measured, against its limit. */
export interface Measurement {
  readonly name: string;
  readonly value: string;
  readonly limit: string;
  readonly holds: boolean;
}

/** A figure with its unit and an upper limit; `undefined` counts as not measured, which is no failure. */
export function atMost(name: string, value: number | undefined, limit: number, unit: string): Measurement {
  const digits = unit === 's' ? 2 : 0;
  return {
    name,
    value: value === undefined ? 'not measured here' : `${value.toFixed(digits)} ${unit}`,
    limit: `≤ ${limit} ${unit}`,
    holds: value === undefined || value <= limit,
  };
}

/** Something that is or is not so. */
export function isSo(name: string, holds: boolean, value: string = holds ? 'yes' : 'no'): Measurement {
  return { name, value, limit: '', holds };
}

/** The table as text, in columns. */
export function renderTable(rows: readonly Measurement[]): string {
  const cells = rows.map((row) => [row.name, row.value, row.limit, row.holds ? 'ok' : 'FAILED']);
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .join('\n');
}

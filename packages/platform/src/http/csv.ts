/** Tables as CSV (RFC 4180), safe to open in a spreadsheet. */

/** A cell: text that somebody may have written, or a figure of ours. */
export type Cell = string | number | boolean | null;

/** One row, with its line end. */
export function csvRow(cells: readonly Cell[]): string {
  return `${cells.map(cellText).join(',')}\r\n`;
}

// Spreadsheets run what begins like this; a figure below zero is no formula.
const formula = /^[=+\-@\t\r]/u;
const figure = /^-?\d+(?:\.\d+)?$/u;

function cellText(cell: Cell): string {
  if (cell === null) return '';
  const text = String(cell);
  const safe = formula.test(text) && !figure.test(text) ? `'${text}` : text;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

import type { Findings, Row } from './findings.ts';
import type { Question } from './question.ts';
import { significant } from './statistics.ts';

/** Figures of a benchmark as a table for people; by default all that were measured. */
export function tableOf(
  question: Question,
  findings: Findings,
  keys: readonly string[] = findings.keys,
): string[] {
  const head = ['figure', 'who', 'median', 'min – max', 'ours ÷ it'];
  const lines: string[][] = [];
  for (const key of keys) {
    const about = question.figures[key];
    lines.push([`${key}${about?.target === undefined ? '' : `  (${about.target})`}`]);
    for (const row of findings.rows(key)) lines.push(cellsOf(row));
  }
  const widths = head.map((cell, column) =>
    Math.max(
      cell.length,
      ...lines.filter((line) => line.length > 1).map((line) => line[column]?.length ?? 0),
    ),
  );
  const show = (cells: readonly string[]): string =>
    cells.length === 1
      ? (cells[0] ?? '')
      : cells
          .map((cell, column) =>
            column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
          )
          .join('  ');
  return [show(head), ...lines.map(show)];
}

function cellsOf(row: Row): string[] {
  return [
    `  ${row.part ?? ''}`,
    row.who,
    shown(row.median),
    `${shown(row.min)} – ${shown(row.max)}`,
    row.ratio === null ? '' : significant(row.ratio, 3).toString(),
  ];
}

function shown(value: number): string {
  return value >= 1_000 ? Math.round(value).toLocaleString('en-US') : String(significant(value, 3));
}

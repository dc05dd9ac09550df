import { styleText } from 'node:util';
import type { HealthStatus } from './health-status.ts';
import type { HealthReport } from './periscope.ts';

/** Where a summary is written. */
export interface SummaryOutput {
  write(text: string): unknown;
  /** True for a terminal; without one there are no colours. */
  readonly isTTY?: boolean;
}

type Style = Parameters<typeof styleText>[0];

const styles: Readonly<Record<HealthStatus, Style>> = {
  healthy: 'green',
  degraded: 'yellow',
  unhealthy: 'red',
  critical: ['bold', 'red'],
};

/** The health and the figures of every operation, for a person at a terminal. */
export function terminalSummary(report: HealthReport, colours: boolean): string {
  const paint = (style: Style, text: string): string =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  const { metrics } = report;
  const { requests, performance } = metrics;
  const lines = [
    `${paint('bold', 'Periscope')}  ${paint(styles[report.status], report.status)}  ${report.timestamp}`,
    `  calls ${requests.total}: ${requests.successful} succeeded, ${requests.failed} failed (${percent(requests.successRate)} succeeded)`,
    `  time  ${ms(performance.avgMs)} on average, ${ms(performance.minMs)} to ${ms(performance.maxMs)}; dead letters ${report.deadLetterQueueSize}`,
    ...report.alerts.map(
      ({ status, message, clears }) => `  ${paint(styles[status], status)}  ${message} Clears: ${clears}`,
    ),
  ];
  const head = ['operation', 'calls', 'failed', 'retries', 'p50', 'p95', 'p99', 'circuit'];
  const rows = metrics.operations.map((each) => [
    each.operation,
    String(each.calls),
    String(each.failures),
    String(each.retries),
    ms(each.latency.p50Ms),
    ms(each.latency.p95Ms),
    ms(each.latency.p99Ms),
    each.breakerState.replace('_', '-'),
  ]);
  if (rows.length > 0) {
    const widths = head.map((cell, at) => Math.max(cell.length, ...rows.map((row) => row[at]?.length ?? 0)));
    const show = (row: readonly string[]): string =>
      row
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join('  ');
    lines.push(paint('dim', `  ${show(head)}`));
    for (const [at, row] of rows.entries()) {
      const isClosed = ['closed', 'disabled'].includes(metrics.operations[at]?.breakerState ?? '');
      lines.push(isClosed ? `  ${show(row)}` : paint('red', `  ${show(row)}`));
    }
  }
  return `${lines.join('\n')}\n`;
}

function ms(value: number): string {
  return `${value >= 100 ? Math.round(value) : Number(value.toPrecision(3))} ms`;
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 1_000) / 10} %`;
}

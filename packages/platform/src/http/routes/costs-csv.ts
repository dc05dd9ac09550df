/** Costs as CSV: the header names what the JSON names. */
import { Readable } from 'node:stream';
import type { CostLine as WireLine, CostRow } from '@raptorflow/contract';
import type { CostFilter, Costs } from '@raptorflow/runtime';
import type { FastifyReply } from 'fastify';
import { csvRow } from '../csv.ts';
import { costLineToWire } from './costs-wire.ts';

const sumColumns = [
  'key',
  'label',
  'calls',
  'attempts',
  'prompt_tokens',
  'completion_tokens',
  'cost_usd',
  'uncertain_usd',
  'estimated_usd',
] as const satisfies readonly (keyof CostRow)[];

const lineColumns = [
  'created_at',
  'day',
  'month',
  'call_id',
  'attempt',
  'revision',
  'status',
  'provider',
  'requested_model',
  'model',
  'guild',
  'agent_id',
  'agent_run_id',
  'campaign_id',
  'budget_id',
  'correlation_id',
  'prompt_tokens',
  'cached_prompt_tokens',
  'cache_write_tokens',
  'completion_tokens',
  'reasoning_tokens',
  'cost_usd',
  'estimated',
  'price_version',
  'streamed',
  'latency_ms',
  'error_code',
] as const satisfies readonly (keyof WireLine)[];

// Whoever wants more asks for fewer days at a time.
const linesMax = 1_000_000;

/** Sums, a row each; `grouping` heads the keys. */
export function sendSums(
  reply: FastifyReply,
  grouping: string,
  days: { readonly from: string; readonly to: string },
  rows: readonly CostRow[],
): void {
  const header = csvRow([grouping, ...sumColumns.slice(1)]);
  const body = rows.map((row) => csvRow(sumColumns.map((column) => row[column])));
  headed(reply, `costs-by-${grouping}-${days.from}-to-${days.to}.csv`).send(header + body.join(''));
}

/** Every line that fits, the oldest first, and the provider's own usage as JSON in the last column. */
export function sendLines(
  reply: FastifyReply,
  costs: Pick<Costs, 'scan'>,
  workspaceId: string,
  filter: CostFilter,
): void {
  headed(reply, 'cost-lines.csv').send(Readable.from(linesOf(costs, workspaceId, filter)));
}

async function* linesOf(
  costs: Pick<Costs, 'scan'>,
  workspaceId: string,
  filter: CostFilter,
): AsyncGenerator<string> {
  yield csvRow([...lineColumns, 'raw_usage']);
  for await (const portion of costs.scan(workspaceId, filter, linesMax)) {
    yield portion
      .map((line) => {
        const wire = costLineToWire(line);
        const raw = wire.raw_usage === null ? null : JSON.stringify(wire.raw_usage);
        return csvRow([...lineColumns.map((column) => wire[column]), raw]);
      })
      .join('');
  }
}

function headed(reply: FastifyReply, name: string): FastifyReply {
  return reply
    .type('text/csv; charset=utf-8; header=present')
    .header('content-disposition', `attachment; filename="${name}"`);
}

import { readFile } from 'node:fs/promises';
import type { Client } from '@raptorflow/client';
import { RaptorFlowError } from 'raptorflow/kernel';
import { flagOption, textOption, type Command, type Invocation } from '../command.ts';
import { withConnection } from '../connection.ts';
import { formatMoney, formatTime } from '../figures.ts';

type Summary = Awaited<ReturnType<Client['costs']['summary']>>;
type Grouping = Summary['group_by'];

const groupings: readonly Grouping[] = ['day', 'model', 'provider', 'guild', 'agent', 'run', 'campaign'];

/** `raptorflow costs`. */
export const costs: Command = {
  name: 'costs',
  summary: 'Show what was spent this month, by what, and what is left of the budget.',
  options: {
    by: { type: 'string', value: 'WHAT', help: `${groupings.join(', ')} (default day).` },
    month: { type: 'string', value: 'YYYY-MM', help: 'Another month than the present one.' },
    lines: { type: 'boolean', help: 'With --csv: every single call instead of sums.' },
    csv: { type: 'boolean', help: 'As CSV, for a spreadsheet.' },
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const by = groupingIn(textOption(invocation, 'by') ?? 'day');
      const month = textOption(invocation, 'month');
      const days = month === undefined ? {} : daysOf(month);
      if (flagOption(invocation, 'csv')) {
        const query = { ...days, format: 'csv' } as const;
        const file: unknown = flagOption(invocation, 'lines')
          ? await client.costs.lines({ query })
          : await client.costs.summary({ query: { ...query, group_by: by, limit: 1_000 } });
        output.result({ csv: file });
        // The server answers such a request with text.
        output.line(String(file).trimEnd());
        return;
      }
      const summary = await client.costs.summary({ query: { ...days, group_by: by } });
      output.result(summary);
      showSummary(invocation, summary);
    }),
};

function groupingIn(text: string): Grouping {
  const found = groupings.find((one) => one === text);
  if (found !== undefined) return found;
  throw new RaptorFlowError('invalid_input', `Costs are shown by ${groupings.join(', ')}, not by "${text}".`);
}

/** The first and the last day of a month. Throws `invalid_input`. */
export function daysOf(month: string): { readonly from: string; readonly to: string } {
  const [, year, number] = /^(\d{4})-(0[1-9]|1[0-2])$/u.exec(month) ?? [];
  if (year === undefined) {
    throw new RaptorFlowError('invalid_input', `"${month}" is no month. Write it as 2026-11.`);
  }
  // Day 0 of the month after is the last of this one.
  const last = new Date(Date.UTC(Number(year), Number(number), 0)).getUTCDate();
  return { from: `${month}-01`, to: `${month}-${last}` };
}

function showSummary({ output }: Invocation, summary: Summary): void {
  const { budget, items } = summary;
  output.line(
    `${output.tone('strong', formatMoney(summary.cost_usd))} from ${summary.from} to ${summary.to} (days of ${summary.time_zone}): ` +
      `${summary.calls} calls, ${summary.attempts} attempts, ${summary.prompt_tokens} tokens in, ${summary.completion_tokens} out.`,
  );
  if (items.length === 0) output.line('No model was called in these days.');
  else {
    output.table(
      [summary.group_by, 'Calls', 'Attempts', 'Tokens in', 'Tokens out', 'Uncertain', 'Estimated', 'Cost'],
      items.map((row) => [
        row.label,
        String(row.calls),
        String(row.attempts),
        String(row.prompt_tokens),
        String(row.completion_tokens),
        formatMoney(row.uncertain_usd),
        formatMoney(row.estimated_usd),
        formatMoney(row.cost_usd),
      ]),
    );
  }
  output.line(
    `Budget of ${budget.month}: ${formatMoney(budget.remaining_usd)} left of ${formatMoney(budget.cap_usd)}; ` +
      `${formatMoney(budget.spent_usd)} spent, ${formatMoney(budget.uncertain_usd)} uncertain, ${formatMoney(budget.reserved_usd)} reserved; resets ${formatTime(budget.resets_at)}.`,
  );
}

/** `raptorflow costs holds`. */
export const costsHolds: Command = {
  name: 'costs holds',
  summary:
    'List money that is set aside and not settled: calls under way, and those whose cost nobody knows.',
  options: { uncertain: { type: 'boolean', help: 'Only those whose cost nobody knows.' } },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const state = flagOption(invocation, 'uncertain') ? ({ state: 'uncertain' } as const) : {};
      const list = await client.costs.holds({ query: { ...state, limit: 1_000 } });
      output.result(list);
      if (list.items.length === 0)
        output.line('Nothing is set aside: of every call it is known what it cost.');
      else {
        output.table(
          ['Call', 'Attempt', 'State', 'Held', 'Model', 'Since'],
          list.items.map((hold) => [
            hold.call_id,
            String(hold.attempt),
            output.tone(hold.state === 'uncertain' ? 'warning' : 'dim', hold.state),
            formatMoney(hold.held_usd),
            hold.model ?? '–',
            formatTime(hold.created_at),
          ]),
        );
      }
    }),
};

/** `raptorflow costs reconcile`. */
export const costsReconcile: Command = {
  name: 'costs reconcile',
  summary: 'Book what an uncertain call really cost, by its bill; 0 when it never arrived (owner only).',
  operands: 'CALL ATTEMPT USD',
  operandCount: [3, 3],
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const [callId = '', attempt = '', usd = ''] = invocation.positionals;
      const done = await client.costs.reconcile({
        params: { call_id: callId, attempt },
        body: { cost_usd: wireAmount(usd) },
      });
      invocation.output.result(done);
      invocation.output.line(done.message);
    }),
};

/** `"1.5"` or `"$1.50"` as the wire writes it. Throws `invalid_input`. */
export function wireAmount(text: string): string {
  const [, whole, fraction = ''] = /^\$?(\d{1,9})(?:\.(\d{1,6}))?$/u.exec(text) ?? [];
  if (whole === undefined) {
    throw new RaptorFlowError(
      'invalid_input',
      `"${text}" is no amount of US dollars. Write it as 12.50, with at most six decimals.`,
    );
  }
  return `${Number(whole)}.${fraction.padEnd(6, '0')}`;
}

/** `raptorflow costs reprice`. */
export const costsReprice: Command = {
  name: 'costs reprice',
  summary: 'Say what a month would have cost at the prices of a file, or on other models. Changes nothing.',
  operands: '[PRICES.json]',
  operandCount: [0, 1],
  options: {
    month: { type: 'string', value: 'YYYY-MM', help: 'Default: the present month.' },
    as: {
      type: 'string',
      multiple: true,
      value: 'MODEL=OTHER',
      help: 'Price calls of MODEL as those of OTHER; may be given several times.',
    },
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output, positionals, options } = invocation;
      const [path] = positionals;
      const given = options['as'];
      const models = Object.fromEntries((Array.isArray(given) ? given : []).map(pairIn));
      const month =
        textOption(invocation, 'month') ?? (await client.costs.summary({ query: { limit: 1 } })).budget.month;
      const told = await client.costs.reprice({
        body: {
          month,
          ...(path === undefined ? {} : { prices: await jsonIn(path) }),
          ...(Object.keys(models).length === 0 ? {} : { models }),
        },
      });
      output.result(told);
      if (told.items.length + told.unpriced.length === 0) {
        output.line(`No model was called in ${month}.`);
        return;
      }
      output.table(
        ['Model', 'Priced as', 'Prices', 'Attempts', 'Booked', 'Would be', 'Difference'],
        told.items.map((row) => [
          row.model,
          row.priced_as,
          row.price_version,
          String(row.attempts),
          formatMoney(row.booked_usd),
          formatMoney(row.repriced_usd),
          formatMoney(row.difference_usd),
        ]),
      );
      for (const row of told.unpriced) {
        output.line(
          output.tone(
            'warning',
            `${row.model}: ${row.attempts} attempts for ${formatMoney(row.booked_usd)} left out. ${row.message}`,
          ),
        );
      }
      output.line(
        `${month} would have cost ${formatMoney(told.repriced_usd)} instead of ${formatMoney(told.booked_usd)} (${formatMoney(told.difference_usd)}). ${told.note}`,
      );
    }),
};

function pairIn(text: string | boolean): readonly [string, string] {
  const [model, other, ...rest] = String(text).split('=');
  if (model && other && rest.length === 0) return [model, other];
  throw new RaptorFlowError(
    'invalid_input',
    `"${String(text)}" is no MODEL=OTHER, such as gemini-4-argon=claude-sonnet-5-5.`,
  );
}

async function jsonIn(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new RaptorFlowError('not_found', `The file ${path} cannot be read.`, { cause: error });
  });
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new RaptorFlowError('invalid_input', `${path} is no JSON.`, { cause });
  }
}

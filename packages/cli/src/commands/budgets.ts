import type { Client } from '@raptorflow/client';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { Command } from '../command.ts';
import { withConnection } from '../connection.ts';
import { formatMoney } from '../figures.ts';
import { wireAmount } from './costs.ts';

type Level = Awaited<ReturnType<Client['budgets']['list']>>['items'][number]['level'];

const levels: readonly Level[] = ['guild', 'agent', 'campaign', 'run', 'budget'];

/** `raptorflow budgets list`. */
export const budgetsList: Command = {
  name: 'budgets list',
  summary: 'List the workspace’s month and every budget below it that has a cap or was charged.',
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const list = await client.budgets.list({ query: { limit: 1_000 } });
      output.result(list);
      const { workspace } = list;
      const money = (amount: string | null): string => (amount === null ? '–' : formatMoney(amount));
      output.table(
        ['Level', 'Which', 'Period', 'Cap', 'Spent', 'Uncertain', 'Reserved', 'Remaining'],
        [{ level: 'workspace', label: '', period: workspace.month, ...workspace }, ...list.items].map(
          (row) => [
            row.level,
            row.label,
            row.period,
            money(row.cap_usd),
            money(row.spent_usd),
            money(row.uncertain_usd),
            money(row.reserved_usd),
            money(row.remaining_usd),
          ],
        ),
      );
    }),
};

/** `raptorflow budgets set`. */
export const budgetsSet: Command = {
  name: 'budgets set',
  summary: 'Cap what the workspace (owner only) or something in it may spend; "none" takes the cap away.',
  operands: 'workspace|guild|agent|campaign|run|budget [WHICH] USD|none',
  operandCount: [2, 3],
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output, positionals } = invocation;
      const [level = '', ...rest] = positionals;
      const usd = rest.at(-1) ?? '';
      const body = { cap_usd: usd === 'none' ? null : wireAmount(usd) };
      if (level === 'workspace') {
        if (rest.length !== 1) throw misused();
        const [workspace] = (await client.workspaces.list({ query: { limit: 1 } })).items;
        const id = invocation.environment.workspace ?? workspace?.id ?? '';
        const budget = await client.workspaces.setBudget({ params: { workspace_id: id }, body });
        output.result(budget);
        output.line(
          `The workspace may spend ${formatMoney(budget.cap_usd)} a month; ${formatMoney(budget.remaining_usd)} are left of ${budget.month}.`,
        );
        return;
      }
      const known = levels.find((one) => one === level);
      if (known === undefined || rest.length !== 2) throw misused();
      const set = await client.budgets.set({ params: { level: known, subject: rest[0] ?? '' }, body });
      output.result(set);
      output.line(
        set.cap_usd === null
          ? `The ${set.level} ${set.label} has no cap of its own any more.`
          : `The ${set.level} ${set.label} may spend ${formatMoney(set.cap_usd)} ${set.period === 'lifetime' ? 'in all' : 'a month'}; ${formatMoney(set.remaining_usd ?? '0')} are left.`,
      );
    }),
};

function misused(): RaptorFlowError {
  return new RaptorFlowError(
    'invalid_input',
    'Write "budgets set workspace 20", or the level, which one, and the cap: "budgets set guild research 2.50"; none takes it away.',
  );
}

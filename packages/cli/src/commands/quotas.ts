import type { Client } from '@raptorflow/client';
import { flagOption, textOption, type Command, type Invocation } from '../command.ts';
import { withConnection } from '../connection.ts';
import { formatTime } from '../figures.ts';
import type { Tone } from '../output.ts';
import { amountText, periodText } from './quota-amounts.ts';
import { scopeOf, scopeOption } from './resources.ts';

type List = Awaited<ReturnType<Client['quotas']['list']>>['data'];
type Violation = List['violations'][number];

/** `raptorflow quotas list`. */
export const quotasList: Command = {
  name: 'quotas list',
  summary: 'List the quotas that count here, what is used of each, and the requests that wait for an answer.',
  options: {
    ...scopeOption,
    user: { type: 'string', value: 'ID', help: 'What this user uses, instead of you.' },
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const user = textOption(invocation, 'user');
      const { data } = await client.quotas.list({
        query: { ...scopeOf(invocation), ...(user === undefined ? {} : { user_id: user }) },
      });
      output.result(data);
      if (data.quotas.length === 0) output.line('Nothing is limited here.');
      else showQuotas(invocation, data);
      for (const one of data.approvals) {
        output.line(
          output.tone(
            'warning',
            `${one.approval_id} waits: ${amountText(one.resource_type, one.amount)} of ${one.resource_type} over ${one.quota_id}, until ${formatTime(one.expires_at)}`,
          ),
        );
      }
      if (data.approvals.length > 0) output.line('Answer with "raptorflow quotas approve ID" or "deny ID".');
      if (data.metrics.store_failures > 0) {
        output.line(
          output.tone(
            'bad',
            `The store of the quotas failed ${data.metrics.store_failures} times since the start.`,
          ),
        );
      }
    }),
};

function showQuotas({ output }: Invocation, { quotas, usage }: List): void {
  const usageOf = new Map(usage.map((one) => [one.quota_id, one]));
  output.table(
    ['Quota', 'Name', 'Of', 'Per', 'Kind', 'Used', 'Limit', 'Burst', 'Over it', 'Set by'],
    quotas.map((quota) => {
      const { resource_type: type, quota_id: id } = quota;
      const used = usageOf.get(id);
      const limit = `${amountText(type, used?.limit ?? quota.limit)} ${periodText[quota.period]}`;
      return [
        quota.enabled ? id : output.tone('dim', `${id} (off)`),
        quota.name,
        type,
        quota.quota_scope,
        quota.quota_type,
        used === undefined
          ? '–'
          : output.tone(
              toneOf(used.current_usage / Math.max(1, used.limit)),
              amountText(type, used.current_usage),
            ),
        limit,
        quota.burst_limit === null ? '–' : amountText(type, quota.burst_limit),
        quota.action,
        quota.workspace_id ?? 'installation',
      ];
    }),
  );
}

function toneOf(share: number): Tone {
  if (share >= 1) return 'bad';
  return share >= 0.9 ? 'warning' : 'plain';
}

/** `raptorflow quotas remove`. */
export const quotasRemove: Command = {
  name: 'quotas remove',
  summary: 'Remove a quota; what it counted is forgotten, its violations stay (admins).',
  operands: 'QUOTA',
  operandCount: [1, 1],
  options: scopeOption,
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const [id = ''] = invocation.positionals;
      await client.quotas.remove({ params: { quota_id: id }, query: scopeOf(invocation) });
      invocation.output.result({ quota_id: id, removed: true });
      invocation.output.line(`${id} limits nothing any more.`);
    }),
};

/** `raptorflow quotas reset`. */
export const quotasReset: Command = {
  name: 'quotas reset',
  summary: 'Let usage begin at nothing for everybody; what is held comes back by release alone (admins).',
  operands: 'QUOTA',
  operandCount: [1, 1],
  options: scopeOption,
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const [id = ''] = invocation.positionals;
      const { data, message } = await client.quotas.reset({
        params: { quota_id: id },
        query: scopeOf(invocation),
      });
      invocation.output.result(data);
      invocation.output.line(message);
    }),
};

/** `raptorflow quotas violations`. */
export const quotasViolations: Command = {
  name: 'quotas violations',
  summary: 'List requests that did not fit, newest first, or note that one has been dealt with.',
  options: {
    ...scopeOption,
    quota: { type: 'string', value: 'QUOTA', help: 'Of this quota only.' },
    open: { type: 'boolean', help: 'Only those nobody has dealt with.' },
    resolve: { type: 'string', value: 'ID', help: 'Note that this one has been dealt with (admins).' },
    limit: { type: 'string', value: 'N', help: 'At most N (default 100, at most 200).' },
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const resolved = textOption(invocation, 'resolve');
      if (resolved !== undefined) {
        const { data, message } = await client.quotas.resolve({
          params: { violation_id: resolved },
          query: scopeOf(invocation),
        });
        output.result(data);
        output.line(message);
        return;
      }
      const quota = textOption(invocation, 'quota');
      const list = await client.quotas.violations({
        query: {
          ...scopeOf(invocation),
          ...(quota === undefined ? {} : { quota_id: quota }),
          ...(flagOption(invocation, 'open') ? { resolved: false } : {}),
          limit: textOption(invocation, 'limit') ?? '100',
        },
      });
      output.result(list);
      if (list.data.length === 0) output.line('Every request has fitted.');
      else {
        output.table(
          [
            'Violation',
            'When',
            'Quota',
            'Asked',
            'Used with it',
            'Limit',
            'Above',
            'What was done',
            'Who',
            'Dealt with',
          ],
          list.data.map(violationRow),
        );
      }
    }),
};

function violationRow(one: Violation): string[] {
  const amount = (value: number): string => amountText(one.resource_type, value);
  const who = [one.user_id, one.agent_id, one.run_id].filter((id) => id !== null).join(' ');
  return [
    one.violation_id,
    formatTime(one.violation_time),
    one.quota_id,
    amount(one.amount),
    amount(one.current_usage),
    amount(one.limit),
    amount(one.exceeded_by),
    one.action_taken,
    who || (one.workspace_id ?? '–'),
    one.resolved ? `by ${one.resolved_by ?? 'itself'}, ${formatTime(one.resolved_at)}` : 'no',
  ];
}

/** `raptorflow quotas approve`. */
export const quotasApprove: Command = decision(
  'approve',
  'Grant a request over a limit that waits (admins).',
);

/** `raptorflow quotas deny`. */
export const quotasDeny: Command = decision('deny', 'Refuse a request over a limit that waits (admins).');

function decision(word: 'approve' | 'deny', summary: string): Command {
  return {
    name: `quotas ${word}`,
    summary,
    operands: 'REQUEST',
    operandCount: [1, 1],
    options: scopeOption,
    notes: '"raptorflow quotas list" shows what waits.',
    run: (invocation) =>
      withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
        const [id = ''] = invocation.positionals;
        const { data, message } = await client.quotas.decide({
          params: { approval_id: id },
          query: scopeOf(invocation),
          body: { approve: word === 'approve' },
        });
        invocation.output.result(data);
        invocation.output.line(message);
      }),
  };
}

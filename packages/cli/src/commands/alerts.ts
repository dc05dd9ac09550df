import { readFile } from 'node:fs/promises';
import type { Client } from '@raptorflow/client';
import { RaptorFlowError, systemClock } from 'raptorflow/kernel';
import { flagOption, textOption, type Command, type Invocation, type OptionDescription } from '../command.ts';
import { withConnection } from '../connection.ts';
import { formatTime } from '../figures.ts';
import type { Tone } from '../output.ts';
import { millisIn } from './metrics.ts';

type Alert = Awaited<ReturnType<Client['alerts']['active']>>['data'][number];
type Rule = Awaited<ReturnType<Client['alerts']['listRules']>>['data'][number];
type BacktestData = Awaited<ReturnType<Client['alerts']['backtest']>>['data'];
type RuleDraft = NonNullable<Parameters<Client['alerts']['backtest']>[0]>['body']['rule'];
type Schedule = Awaited<ReturnType<Client['alerts']['listMaintenance']>>['data'][number]['schedule'];
type Matcher = NonNullable<Parameters<Client['alerts']['createSilence']>[0]>['body']['matchers'][number];

const scopeOption: Readonly<Record<'installation', OptionDescription>> = {
  installation: {
    type: 'boolean',
    help: 'Those of the installation, not of the workspace (operator only).',
  },
};

function scopeOf(invocation: Invocation): { readonly scope: 'workspace' | 'installation' } {
  return { scope: flagOption(invocation, 'installation') ? 'installation' : 'workspace' };
}

/** `raptorflow alerts list`. */
export const alertsList: Command = {
  name: 'alerts list',
  summary: 'List what fires or is about to, what lacks data, and what has just resolved.',
  options: scopeOption,
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const list = await client.alerts.active({ query: scopeOf(invocation) });
      output.result(list);
      if (list.data.length === 0) output.line('All is quiet: no alert is active.');
      else {
        output.table(
          ['Alert', 'State', 'Severity', 'Rule', 'Value', 'Since', 'Labels'],
          list.data.map((alert) => [
            alert.alert_id,
            output.tone(toneOf(alert), stateOf(alert)),
            alert.severity,
            alert.rule,
            alert.value === null ? '–' : String(Number(alert.value.toPrecision(4))),
            formatTime(alert.since),
            labelsOf(alert),
          ]),
        );
      }
    }),
};

function toneOf({ state, severity }: Alert): Tone {
  if (state !== 'firing') return 'dim';
  return severity === 'info' || severity === 'warning' ? 'warning' : 'bad';
}

function stateOf({ state, acknowledged, mutes }: Alert): string {
  const [mute] = mutes;
  if (mute) return `${state}, quiet by ${mute.kind}`;
  return acknowledged === null ? state : `${state}, seen by ${acknowledged.by}`;
}

/** Labels that the table has no column of its own for. */
function labelsOf({ labels }: Alert): string {
  const shown = new Set(['alertname', 'severity', 'metric', 'series', 'workspace_id']);
  return Object.entries(labels)
    .filter(([name]) => !shown.has(name))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** `raptorflow alerts rules`. */
export const alertsRules: Command = {
  name: 'alerts rules',
  summary: 'List the rules, and how each is doing.',
  options: scopeOption,
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const list = await client.alerts.listRules({ query: scopeOf(invocation) });
      output.result(list);
      if (list.data.length === 0) output.line('There are no rules.');
      else {
        output.table(
          ['Rule', 'Severity', 'Looks at', 'Firing', 'Pending', 'Evaluated', 'Says'],
          list.data.map((rule) => [
            rule.enabled === false ? output.tone('dim', `${rule.name} (off)`) : rule.name,
            rule.severity ?? '–',
            rule.metric ?? rule.rules?.join(', ') ?? rule.total?.metric ?? '–',
            String(rule.firing),
            String(rule.pending),
            rule.failure === null ? formatTime(rule.evaluated_at) : output.tone('bad', rule.failure),
            rule.summary ?? '',
          ]),
        );
      }
    }),
};

/** `raptorflow alerts history`. */
export const alertsHistory: Command = {
  name: 'alerts history',
  summary: 'Show how alerts changed, newest first, with values and reasons.',
  options: {
    ...scopeOption,
    rule: { type: 'string', value: 'RULE', help: 'Of this rule only.' },
    limit: { type: 'string', value: 'N', help: 'At most N (default 50, at most 1000).' },
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const rule = textOption(invocation, 'rule');
      const page = await client.alerts.history({
        query: {
          ...scopeOf(invocation),
          limit: textOption(invocation, 'limit') ?? '50',
          ...(rule === undefined ? {} : { rule }),
        },
      });
      output.result(page);
      if (page.data.length === 0) output.line('No alert has changed yet.');
      else {
        output.table(
          ['When', 'Rule', 'From', 'To', 'Why'],
          page.data.map((change) => [
            formatTime(change.at),
            change.rule,
            change.from,
            change.to,
            change.message,
          ]),
        );
      }
    }),
};

/** `raptorflow alerts ack`. */
export const alertsAcknowledge: Command = {
  name: 'alerts ack',
  summary: 'Say that an alert was seen; it is not repeated until it has resolved.',
  operands: 'ALERT',
  operandCount: [1, 1],
  options: { ...scopeOption, note: { type: 'string', value: 'TEXT', help: 'What is being done.' } },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const [alertId = ''] = invocation.positionals;
      const done = await client.alerts.acknowledge({
        params: { alert_id: alertId },
        query: scopeOf(invocation),
        body: { note: textOption(invocation, 'note') ?? '' },
      });
      invocation.output.result(done);
      invocation.output.line(`Noted for ${done.data.by}. ${done.message}`);
    }),
};

/** `raptorflow alerts backtest`. */
export const alertsBacktest: Command = {
  name: 'alerts backtest',
  summary: 'Try a rule, or what a file with one says, on stored history: when it would have fired.',
  operands: 'RULE|FILE.json',
  operandCount: [1, 1],
  options: {
    ...scopeOption,
    last: { type: 'string', value: 'TIME', help: 'Up to now: 6h, 1d, 7d (default 1d).' },
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output, positionals } = invocation;
      const [operand = ''] = positionals;
      const scope = scopeOf(invocation);
      const rule = operand.endsWith('.json')
        ? await ruleInFile(operand)
        : draftOf((await client.alerts.listRules({ query: scope })).data, operand);
      const now = systemClock.now();
      const { data, message } = await client.alerts.backtest({
        query: scope,
        body: {
          rule,
          from: new Date(now - millisIn(textOption(invocation, 'last') ?? '1d')).toISOString(),
          to: new Date(now).toISOString(),
        },
      });
      output.result(data);
      const fired = firedIn(data);
      if (fired.length > 0) {
        output.table(
          ['From', 'To', 'Series'],
          fired.map(({ from, to, tags }) => [formatTime(from), formatTime(to), tagsText(tags)]),
        );
      }
      const perDay = Number(data.firings_per_day.toPrecision(2));
      const told = data.notifications.length;
      output.line(
        `${message} That is ${perDay} a day; somebody would have been told ${told === 1 ? 'once' : `${told} times`}.`,
      );
    }),
};

async function ruleInFile(path: string): Promise<RuleDraft> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new RaptorFlowError('not_found', `The file ${path} cannot be read.`, { cause: error });
  });
  try {
    return JSON.parse(text) as RuleDraft;
  } catch (error) {
    throw new RaptorFlowError(
      'invalid_input',
      `${path} is no JSON: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}

// What the rule says, without how it is doing.
function draftOf(rules: readonly Rule[], name: string): RuleDraft {
  const found = rules.find((rule) => rule.name === name);
  if (!found) {
    throw new RaptorFlowError(
      'not_found',
      `There is no rule "${name}"; "raptorflow alerts rules" lists them. To try a new one, give a file that ends in .json.`,
    );
  }
  const {
    workspace_id: _workspaceId,
    evaluated_at: _evaluatedAt,
    failure: _failure,
    series_left_out: _seriesLeftOut,
    pending: _pending,
    firing: _firing,
    no_data: _noData,
    ...draft
  } = found;
  return draft;
}

interface Fired {
  readonly from: string;
  readonly to: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The stretches in which alerts would have fired, in the order of their beginnings. */
export function firedIn({ series }: Pick<BacktestData, 'series'>): Fired[] {
  return series
    .flatMap(({ tags, intervals }) =>
      intervals.filter(({ state }) => state === 'firing').map(({ from, to }) => ({ from, to, tags })),
    )
    .toSorted((one, other) => one.from.localeCompare(other.from));
}

function tagsText(tags: Readonly<Record<string, string>>): string {
  return (
    Object.entries(tags)
      .filter(([name]) => name !== 'workspace_id')
      .map(([name, value]) => `${name}=${value}`)
      .join(' ') || 'all'
  );
}

/** `raptorflow alerts test`. */
export const alertsTest: Command = {
  name: 'alerts test',
  summary: 'Send a trial alert to everybody who is told of alerts (operator only).',
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const tried = await client.alerts.tryNotifiers({ body: {} });
      output.result(tried);
      output.table(
        ['Told by', 'Arrived', 'Why not'],
        tried.data.map(({ notifier, delivered, failure }) => [
          notifier,
          delivered ? output.tone('good', 'yes') : output.tone('bad', 'no'),
          failure ?? '',
        ]),
      );
      if (tried.data.every(({ delivered }) => delivered)) return;
      throw new RaptorFlowError('unavailable', tried.message);
    }),
};

/** `raptorflow alerts maintenance`. */
export const alertsMaintenance: Command = {
  name: 'alerts maintenance',
  summary: 'List the windows of maintenance, during which nobody is told.',
  options: scopeOption,
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const { output } = invocation;
      const list = await client.alerts.listMaintenance({ query: scopeOf(invocation) });
      output.result(list);
      if (list.data.length === 0) output.line('No maintenance is planned.');
      else {
        output.table(
          ['Window', 'Name', 'When', 'Matches', 'By'],
          list.data.map(({ maintenance_id: id, name, schedule, matchers, author }) => [
            id,
            name,
            scheduleText(schedule),
            matchers.map(({ label, op, value }) => `${label} ${op} ${value}`).join(', ') || 'every alert',
            author,
          ]),
        );
      }
    }),
};

/** When there is maintenance, in words. */
export function scheduleText(schedule: Schedule): string {
  if (schedule.kind === 'once') return `${formatTime(schedule.from)} to ${formatTime(schedule.to)}`;
  const { start, duration_minutes: minutes, time_zone: zone } = schedule;
  const days =
    schedule.kind === 'weekly'
      ? schedule.days.join(', ')
      : schedule.day === 'last'
        ? 'on the last of the month'
        : `on day ${schedule.day} of the month`;
  return `${days} at ${start} ${zone} for ${minutes} min`;
}

/** `raptorflow alerts silence`. */
export const alertsSilence: Command = {
  name: 'alerts silence',
  summary: 'Keep alerts quiet for a while: those whose labels match all of LABEL=VALUE.',
  operands: 'LABEL=VALUE …',
  operandCount: [1, 20],
  options: {
    ...scopeOption,
    for: { type: 'string', value: 'TIME', help: 'How long: 30m, 2h, 1d (default 2h).' },
    comment: { type: 'string', value: 'TEXT', help: 'Why. Required.' },
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const comment = textOption(invocation, 'comment');
      if (comment === undefined) {
        throw new RaptorFlowError(
          'invalid_input',
          'Say why with --comment: whoever wonders about the silence reads it.',
        );
      }
      const endsAt = new Date(systemClock.now() + millisIn(textOption(invocation, 'for') ?? '2h'));
      const { data } = await client.alerts.createSilence({
        query: scopeOf(invocation),
        body: {
          matchers: invocation.positionals.map(matcherIn),
          ends_at: endsAt.toISOString(),
          comment,
        },
      });
      invocation.output.result(data);
      invocation.output.line(`${data.silence_id} holds until ${formatTime(data.ends_at)}.`);
    }),
};

/** `label=value`, `label!=value`; a `*` in the value stands for anything. Throws `invalid_input`. */
export function matcherIn(text: string): Matcher {
  const [, label, not, value] = /^([A-Za-z_][A-Za-z0-9_]*)(!?)=(.*)$/u.exec(text) ?? [];
  if (label === undefined || value === undefined) {
    throw new RaptorFlowError('invalid_input', `"${text}" is no LABEL=VALUE, such as severity=warning.`);
  }
  const like = value.includes('*') ? 'like' : 'eq';
  const op = not === '!' ? ({ like: 'not_like', eq: 'ne' } as const)[like] : like;
  return { label, op, value };
}

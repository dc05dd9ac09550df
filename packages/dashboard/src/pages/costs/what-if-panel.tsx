/** What the month would have cost at other prices, or on other models. */
import type { CostSummary, Repricing } from '@raptorflow/contract';
import { type SyntheticEvent, useState } from 'react';

import { Button } from '../../components/button.tsx';
import { ErrorNotice, Loading, Notice } from '../../components/feedback.tsx';
import { SelectField, TextArea, TextField } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { useModels } from '../../data/agents.ts';
import { useCosts, useReprice } from '../../data/costs.ts';
import { formatMoney, microsOf } from '../../format/money.ts';
import { countOf } from '../../format/number.ts';
import { formatMonth } from '../../format/time.ts';

/** The panel. */
export function WhatIfPanel({ month }: { readonly month: string }) {
  const byModel = useCosts('model');
  return (
    <Panel title="What if" note="the usage that was reported, at other prices; nothing is changed">
      {byModel.data ? <WhatIfForm month={month} summary={byModel.data} /> : <Loading rows={3} />}
    </Panel>
  );
}

function WhatIfForm({ month: present, summary }: { readonly month: string; readonly summary: CostSummary }) {
  const models = useModels();
  const reprice = useReprice();
  const [month, setMonth] = useState(present);
  const [chosen, setChosen] = useState<Readonly<Record<string, string>>>({});
  const [table, setTable] = useState('');
  const prices = readJson(table);
  const called = summary.items.flatMap((row) => row.key ?? []);
  const priced = (models.data?.items ?? []).filter((model) => model.price !== null).map((model) => model.id);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const others = Object.fromEntries(Object.entries(chosen).filter(([, other]) => other !== ''));
    reprice.mutate({
      month,
      ...(Object.keys(others).length === 0 ? {} : { models: others }),
      ...(prices === undefined ? {} : { prices }),
    });
  };
  return (
    <form onSubmit={submit} className="space-y-3">
      <div className="flex flex-wrap items-start gap-3">
        <TextField
          label="Month"
          type="month"
          className="w-full sm:w-44"
          required
          value={month}
          onChange={(event) => setMonth(event.target.value)}
        />
        {called.map((model) => (
          <SelectField
            key={model}
            label={`${model} as`}
            className="flex-1 basis-56"
            value={chosen[model] ?? ''}
            onChange={(event) => setChosen({ ...chosen, [model]: event.target.value })}
            options={[['', 'itself'], ...priced.filter((id) => id !== model).map((id) => [id, id] as const)]}
          />
        ))}
      </div>
      <TextArea
        label="Price table (optional)"
        mono
        rows={3}
        value={table}
        onChange={(event) => setTable(event.target.value)}
        problem={prices === null ? 'This is no JSON.' : undefined}
        hint="JSON as in PRICES_FILE: pico-US-dollars a token, $1 for a million tokens is 1000000. It goes before the installation’s prices."
      />
      <Button type="submit" icon="spark" busy={reprice.isPending} disabled={prices === null || month === ''}>
        Price it again
      </Button>
      {reprice.error ? <ErrorNotice error={reprice.error} /> : null}
      {reprice.data ? <Result result={reprice.data} /> : null}
    </form>
  );
}

/** Undefined for nothing, null for what is no JSON. */
function readJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function differenceOf({ difference_usd: difference }: Repricing): string {
  const micros = microsOf(difference);
  if (micros === 0) return 'the same';
  return `${formatMoney(difference.replace('-', ''))} ${micros < 0 ? 'less' : 'more'}`;
}

function Result({ result }: { readonly result: Repricing }) {
  if (result.items.length === 0 && result.unpriced.length === 0) {
    return <Notice>No model was called in {formatMonth(result.month)}. Choose a month with calls.</Notice>;
  }
  const saved = microsOf(result.difference_usd) <= 0;
  return (
    <div className="space-y-3">
      <Notice tone={saved ? 'ok' : 'warn'}>
        <p className="font-semibold">
          {formatMonth(result.month)} would have cost {formatMoney(result.repriced_usd)} instead of{' '}
          {formatMoney(result.booked_usd)}: {differenceOf(result)}.
        </p>
        <p className="mt-1 text-xs text-muted">{result.note}</p>
      </Notice>
      <ul className="space-y-1">
        {result.items.map((row) => (
          <li
            key={`${row.provider} ${row.model} ${row.price_version}`}
            className="flex flex-wrap items-baseline justify-between gap-x-4"
          >
            <span className="min-w-0 break-words">
              {row.model}
              {row.priced_as === row.model ? '' : ` as ${row.priced_as}`}{' '}
              <span className="text-xs text-muted">
                {countOf(row.attempts, 'attempt')}, prices {row.price_version}
              </span>
            </span>
            <span className="tabular">
              {formatMoney(row.booked_usd)} → {formatMoney(row.repriced_usd)}
            </span>
          </li>
        ))}
        {result.unpriced.map((row) => (
          <li key={`${row.model} ${row.reason}`} className="text-warn">
            {row.model}: {countOf(row.attempts, 'attempt')} for {formatMoney(row.booked_usd)} left out.{' '}
            {row.message}
          </li>
        ))}
      </ul>
    </div>
  );
}

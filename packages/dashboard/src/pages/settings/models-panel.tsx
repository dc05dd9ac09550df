/** Which models can be called, and what is missing to call the others. */
import type { Model } from '@raptorflow/contract';

import { Disclosure } from '../../components/disclosure.tsx';
import { EmptyState, ErrorNotice, Loading } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { Badge } from '../../components/status.tsx';
import { useModels } from '../../data/agents.ts';
import { formatMoney } from '../../format/money.ts';
import { countOf } from '../../format/number.ts';

/** The models of each provider. */
export function ModelsPanel() {
  const models = useModels();
  const byProvider = Map.groupBy(models.data?.items ?? [], (model) => model.provider);
  return (
    <Panel flush title="Models" note="prices in US$ per million tokens, in / out">
      {models.isPending ? <Loading /> : null}
      {models.error ? (
        <div className="p-4">
          <ErrorNotice error={models.error} retry={() => void models.refetch()} />
        </div>
      ) : null}
      {models.data && byProvider.size === 0 ? (
        <EmptyState icon="agents" title="No model is known">
          Set GOOGLE_CLOUD_PROJECT, ANTHROPIC_API_KEY or OPENAI_BASE_URL and start the server again.
        </EmptyState>
      ) : null}
      <div className="divide-y divide-line">
        {[...byProvider].map(([provider, list]) => (
          <Provider key={provider} provider={provider} models={list} />
        ))}
      </div>
    </Panel>
  );
}

function Provider({ provider, models }: { readonly provider: string; readonly models: readonly Model[] }) {
  const ready = models.filter((model) => model.available).length;
  return (
    <Disclosure
      summary={
        <span className="flex min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-1">
          <span className="font-medium">{provider}</span>
          {ready > 0 ? <Badge tone="ok">Ready</Badge> : <Badge>Not configured</Badge>}
          <span className="text-xs text-muted">
            {countOf(models.length, 'model')}
            {ready > 0 && ready < models.length ? `, ${ready} of them ready` : ''}
          </span>
        </span>
      }
    >
      <ul className="space-y-2">
        {models.map((model) => (
          <li key={model.id} className="flex flex-wrap items-baseline gap-x-4">
            <code className="min-w-0 flex-1 basis-56 break-all">{model.id}</code>
            <span className="tabular" title={model.price === null ? undefined : priceOrigin(model.price)}>
              {model.price === null
                ? 'no price known'
                : `${formatMoney(model.price.input_usd_per_million)} / ${formatMoney(model.price.output_usd_per_million)}`}
            </span>
            {model.available ? null : (
              <span className="basis-full text-xs text-muted">{model.reason ?? 'Not configured.'}</span>
            )}
          </li>
        ))}
      </ul>
    </Disclosure>
  );
}

function priceOrigin({ version, date, source }: NonNullable<Model['price']>): string {
  return `Price table ${version}${date === null ? '' : `, read on ${date}`}: ${source}`;
}

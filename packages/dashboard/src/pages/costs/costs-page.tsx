/** Costs and budget: what was spent, by what, against which caps; what nobody knows yet; and what else it could have cost. */
import { useSearch } from '@tanstack/react-router';

import { ErrorNotice, Loading } from '../../components/feedback.tsx';
import { PageHeader } from '../../components/panel.tsx';
import { useCosts } from '../../data/costs.ts';
import { isOneOf } from '../../search.ts';
import { BudgetPanel } from './budget-panel.tsx';
import { CapsPanel } from './caps-panel.tsx';
import { CostTable, groupings } from './cost-table.tsx';
import { HoldsPanel } from './holds-panel.tsx';
import { WhatIfPanel } from './what-if-panel.tsx';

/** The costs page. */
export function CostsPage() {
  const { by } = useSearch({ from: '/w/$workspaceId/costs' });
  const grouping = isOneOf(groupings, by) ? by : 'day';
  const costs = useCosts(grouping);
  if (costs.isPending) return <Loading rows={6} label="Reading the costs" />;
  if (!costs.data) return <ErrorNotice error={costs.error} retry={() => void costs.refetch()} />;
  const summary = costs.data;
  return (
    <>
      <PageHeader
        title="Costs"
        note="Every call reserves its worst case before it leaves and is settled by what the provider reports."
      />
      <div className="space-y-4">
        <BudgetPanel summary={summary} />
        <CostTable summary={summary} state={costs} />
        <CapsPanel />
        <HoldsPanel />
        <WhatIfPanel month={summary.budget.month} />
      </div>
    </>
  );
}

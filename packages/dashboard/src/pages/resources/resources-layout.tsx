/** Resources: whose they are, and the views of them. Each view is a file of its own and a tab below. */
import { Link, Outlet } from '@tanstack/react-router';

import { type MetricScope, useAddressedScope } from '../../data/addressed-scope.ts';
import { Notice } from '../../components/feedback.tsx';
import { PageHeader } from '../../components/panel.tsx';
import { pillClasses } from '../../components/pill.ts';
import { TabLinks } from '../../components/tabs.tsx';
import { useQuotas } from '../../data/quotas.ts';
import { useResourceSummary } from '../../data/resources.ts';
import { useScope } from '../../data/scope.ts';
import { useIsOperator } from '../../data/session.ts';
import { useReadOnlyReason } from './resource-rights.ts';

/** The frame of the resources' pages. */
export function ResourcesLayout() {
  const { workspaceId } = useScope();
  const { scope, search } = useAddressedScope();
  const isOperator = useIsOperator();
  const reason = useReadOnlyReason();
  const leaks = useResourceSummary(scope).data?.total_leaks ?? 0;
  const waiting = useQuotas(scope).data?.approvals.length ?? 0;
  const params = { workspaceId };
  return (
    <>
      <PageHeader
        title="Resources"
        note={
          scope === 'installation'
            ? 'What the server has open for everybody, what was forgotten, and who may use how much.'
            : 'What this workspace has open, what was forgotten, and how much it may use.'
        }
        actions={isOperator ? <ScopeChoice scope={scope} /> : null}
      />
      {reason === undefined ? null : (
        <div className="mb-4">
          <Notice>{reason} You see everything; ask one of them for a change.</Notice>
        </div>
      )}
      <TabLinks
        label="Resources"
        tabs={[
          { label: 'Open', exact: true, link: { to: '/w/$workspaceId/resources', params, search } },
          {
            label: leaks === 0 ? 'Leaks' : `Leaks (${leaks})`,
            link: { to: '/w/$workspaceId/resources/leaks', params, search },
          },
          {
            label: waiting === 0 ? 'Quotas' : `Quotas (${waiting} waiting)`,
            link: { to: '/w/$workspaceId/resources/quotas', params, search },
          },
          { label: 'Cleanup', link: { to: '/w/$workspaceId/resources/cleanup', params, search } },
          { label: 'Advice', link: { to: '/w/$workspaceId/resources/advice', params, search } },
        ]}
      />
      <Outlet />
    </>
  );
}

/** The operator's choice: the whole installation, or the workspace. */
function ScopeChoice({ scope }: { readonly scope: MetricScope }) {
  const choice = (one: MetricScope, name: string) => (
    <Link
      to="."
      search={(search) => ({ ...search, scope: one })}
      resetScroll={false}
      aria-current={one === scope ? 'true' : undefined}
      className={pillClasses}
    >
      {name}
    </Link>
  );
  return (
    <div role="group" aria-label="Whose resources" className="flex flex-wrap gap-1">
      {choice('installation', 'Installation')}
      {choice('workspace', 'This workspace')}
    </div>
  );
}

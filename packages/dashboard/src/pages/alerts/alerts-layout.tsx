/** Alerts: whose they are, and the views of them. */
import { Link, Outlet } from '@tanstack/react-router';

import { type MetricScope, useAddressedScope } from '../../data/addressed-scope.ts';
import { buttonClasses } from '../../components/button.tsx';
import { PageHeader } from '../../components/panel.tsx';
import { pillClasses } from '../../components/pill.ts';
import { TabLinks } from '../../components/tabs.tsx';
import { useFiringAlerts, useIsMonitoringOff } from '../../data/alerts.ts';
import { useScope } from '../../data/scope.ts';
import { useIsOperator } from '../../data/session.ts';
import { useAlertRights } from './alert-rights.ts';
import { MonitoringOff } from './monitoring-off.tsx';

/** The frame of the alerts' pages. */
export function AlertsLayout() {
  const { workspaceId } = useScope();
  const { scope, search } = useAddressedScope();
  const { mayChangeRules } = useAlertRights();
  const isOperator = useIsOperator();
  const firing = useFiringAlerts()[scope].length;
  const isOff = useIsMonitoringOff();
  const params = { workspaceId };
  if (isOff) {
    return (
      <>
        <PageHeader title="Alerts" />
        <MonitoringOff />
      </>
    );
  }
  return (
    <>
      <PageHeader
        title="Alerts"
        note={
          scope === 'installation'
            ? 'What rules of the installation find in the metrics of all its parts.'
            : 'What rules of this workspace find in its metrics.'
        }
        actions={
          <>
            {isOperator ? <ScopeChoice scope={scope} /> : null}
            {mayChangeRules ? (
              <Link
                to="/w/$workspaceId/alerts/new-rule"
                params={params}
                search={search}
                className={buttonClasses('solid')}
              >
                New rule
              </Link>
            ) : null}
          </>
        }
      />
      <TabLinks
        label="Alerts"
        tabs={[
          {
            label: firing === 0 ? 'Active' : `Active (${firing} firing)`,
            exact: true,
            link: { to: '/w/$workspaceId/alerts', params, search },
          },
          { label: 'Rules', link: { to: '/w/$workspaceId/alerts/rules', params, search } },
          { label: 'History', link: { to: '/w/$workspaceId/alerts/history', params, search } },
          { label: 'Silences', link: { to: '/w/$workspaceId/alerts/silences', params, search } },
          { label: 'Maintenance', link: { to: '/w/$workspaceId/alerts/maintenance', params, search } },
        ]}
      />
      <Outlet />
    </>
  );
}

/** The operator's choice: the installation's alerts, or those of the workspace, each with what fires. */
function ScopeChoice({ scope }: { readonly scope: MetricScope }) {
  const firing = useFiringAlerts();
  const choice = (one: MetricScope, name: string) => (
    <Link
      to="."
      search={({ rule: _rule, ...rest }) => ({ ...rest, scope: one })}
      resetScroll={false}
      aria-current={one === scope ? 'true' : undefined}
      className={pillClasses}
    >
      {firing[one].length === 0 ? name : `${name} (${firing[one].length} firing)`}
    </Link>
  );
  return (
    <div role="group" aria-label="Whose alerts" className="flex flex-wrap gap-1">
      {choice('installation', 'Installation')}
      {choice('workspace', 'This workspace')}
    </div>
  );
}

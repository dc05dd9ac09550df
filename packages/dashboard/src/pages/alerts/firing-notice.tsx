/** Says that something fires, on pages about other things. */
import { Link } from '@tanstack/react-router';

import { scopeOf, type MetricScope } from '../../data/addressed-scope.ts';
import { buttonClasses } from '../../components/button.tsx';
import { Notice } from '../../components/feedback.tsx';
import { useFiringAlerts } from '../../data/alerts.ts';
import { useScope } from '../../data/scope.ts';
import { useIsOperator } from '../../data/session.ts';
import { firingSentence, severities } from './alert-words.ts';

/** One notice for the workspace, and one for the installation, while something of theirs fires. */
export function FiringNotice() {
  const firing = useFiringAlerts();
  const scopes = (['installation', 'workspace'] as const).filter((scope) => firing[scope].length > 0);
  if (scopes.length === 0) return null;
  return (
    <div className="mb-4 space-y-2">
      {scopes.map((scope) => (
        <ScopeNotice key={scope} scope={scope} />
      ))}
    </div>
  );
}

function ScopeNotice({ scope }: { readonly scope: MetricScope }) {
  const { workspaceId } = useScope();
  const isOperator = useIsOperator();
  const alerts = useFiringAlerts()[scope];
  const isBad = alerts.some(({ severity }) => severities[severity].tone === 'bad');
  return (
    <Notice
      tone={isBad ? 'bad' : 'warn'}
      actions={
        <Link
          to="/w/$workspaceId/alerts"
          params={{ workspaceId }}
          search={scopeOf(isOperator, scope).search}
          className={buttonClasses()}
        >
          Look at the alerts
        </Link>
      }
    >
      {firingSentence(alerts)}
      {scope === 'installation' ? <span className="text-muted"> (installation)</span> : null}
    </Notice>
  );
}

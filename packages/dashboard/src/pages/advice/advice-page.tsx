/** Advice: what to do about how things are used, what comes, and the patterns and figures that it rests on. */
import { useAddressedScope } from '../../data/addressed-scope.ts';
import { useIsMonitoringOff } from '../../data/alerts.ts';
import { useUsageProfiles } from '../../data/analytics.ts';
import { MonitoringOff } from '../alerts/monitoring-off.tsx';
import { ForecastPanel } from './forecast-panel.tsx';
import { PatternsPanel } from './patterns-panel.tsx';
import { ProfilesPanel } from './profiles-panel.tsx';
import { RecommendationsPanel } from './recommendations-panel.tsx';

/** The page. */
export function AdvicePage() {
  const { scope } = useAddressedScope();
  const isOff = useIsMonitoringOff();
  const isUnmeasured = useUsageProfiles(scope).data?.length === 0;
  if (isOff) return <MonitoringOff />;
  return (
    <div className="space-y-4">
      <RecommendationsPanel scope={scope} />
      {isUnmeasured ? null : (
        <>
          <ForecastPanel scope={scope} />
          <PatternsPanel scope={scope} />
        </>
      )}
      <ProfilesPanel scope={scope} />
    </div>
  );
}

/** What `raptor.ini` says about alerts of the machine, as rules like any other. */
import { defaultAlertRules, type AlertRuleDraft, type Alerts } from 'raptorflow/alerts';
import type { RaptorConfig } from 'raptorflow/host';

type Thresholds = RaptorConfig['alerts'];

/** Both thresholds are left again a little below where they were reached, so that alerts do not flutter. */
const leaveBelow = 5;

/** The default rules, those of the machine as the configuration says. */
export function defaultRulesWith(alerts: Thresholds): readonly AlertRuleDraft[] {
  return defaultAlertRules.map((rule) => hostRuleOf(rule, alerts) ?? rule);
}

/** The rules of the machine, as the configuration says. */
function hostRules(alerts: Thresholds): readonly AlertRuleDraft[] {
  return defaultAlertRules.flatMap((rule) => hostRuleOf(rule, alerts) ?? []);
}

/** Gives an installation its rules: the default ones where it has none yet, and those of the machine whenever a file says something else of them. */
export async function putRules(
  rules: Pick<Alerts['rules'], 'list' | 'put'>,
  {
    config,
    configFile,
  }: { readonly config: Pick<RaptorConfig, 'alerts'>; readonly configFile: string | null },
): Promise<void> {
  const present = rules.list({ workspaceId: null });
  if (present.length === 0) {
    for (const rule of defaultRulesWith(config.alerts)) await rules.put(rule);
    return;
  }
  // Without a file, what somebody has changed on the dashboard stands.
  if (configFile === null) return;
  for (const rule of hostRules(config.alerts)) {
    const before = present.find(({ rule: { name } }) => name === rule.name)?.rule;
    if (before === undefined || !isSame(before, rule)) await rules.put(rule);
  }
}

function hostRuleOf(rule: AlertRuleDraft, alerts: Thresholds): AlertRuleDraft | undefined {
  const { durationSeconds } = alerts;
  const threshold =
    rule.name === 'host_cpu_high'
      ? alerts.cpuThreshold
      : rule.name === 'host_memory_high'
        ? alerts.memoryThreshold
        : undefined;
  if (threshold === undefined) return undefined;
  return {
    ...rule,
    threshold,
    resolveThreshold: Math.max(0, threshold - leaveBelow),
    durationSeconds,
  } as AlertRuleDraft;
}

function isSame(before: object, rule: object): boolean {
  const known = before as Readonly<Record<string, unknown>>;
  return Object.entries(rule).every(([name, value]) => JSON.stringify(known[name]) === JSON.stringify(value));
}

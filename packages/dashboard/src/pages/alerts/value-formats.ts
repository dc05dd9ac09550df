/** How the values of alerts are written: in the unit that their rule judges. */
import { useMemo } from 'react';

import type { MetricScope } from '../../data/addressed-scope.ts';
import { useAlertRules } from '../../data/alerts.ts';
import { useMetricList } from '../../data/metrics.ts';
import { shortNumber } from '../../format/metric.ts';
import { type ValueFormat, valueFormat } from './rule-words.ts';

/** Finds the writer of a rule's values by the rule's name; a rule that is not there any more writes bare numbers. */
export function useValueFormats(scope: MetricScope): (rule: string) => ValueFormat {
  const rules = useAlertRules(scope).data;
  const metrics = useMetricList().data?.data;
  return useMemo(() => {
    const formats = new Map(rules?.map((rule) => [rule.name, valueFormat(rule, metrics ?? [])]));
    return (rule) => formats.get(rule) ?? shortNumber;
  }, [rules, metrics]);
}

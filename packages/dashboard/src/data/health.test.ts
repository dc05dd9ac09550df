import type { HealthReport, ServiceHealth } from '@raptorflow/contract';
import { expect, it } from 'vitest';

import { outageIn } from './health.ts';

const report = (services?: Record<string, ServiceHealth>): HealthReport => ({
  status: 'unhealthy',
  ...(services === undefined ? {} : { services }),
});

it('tells an outage of Redis with its reasons, and no other', () => {
  const reasons = ['Redis does not answer.'];
  expect(outageIn(report({ redis: { status: 'unhealthy', reasons } }))).toEqual(reasons);
  expect(outageIn(report({ redis: { status: 'degraded', reasons } }))).toBeNull();
  expect(outageIn(report({ redis: { status: 'healthy', reasons: [] } }))).toBeNull();
  expect(outageIn(report({ bus: { status: 'unhealthy', reasons } }))).toBeNull();
});

it('tells none while nothing is known', () => {
  expect([outageIn(undefined), outageIn(report())]).toEqual([null, null]);
});

import { describe, expect, it } from 'vitest';
import { matcherIn } from './alerts.ts';

describe('raptorflow alerts silence', () => {
  it('reads what is to match', () => {
    expect(matcherIn('severity=warning')).toEqual({ label: 'severity', op: 'eq', value: 'warning' });
    expect(matcherIn('severity!=critical')).toEqual({ label: 'severity', op: 'ne', value: 'critical' });
    expect(matcherIn('route=/api/*')).toEqual({ label: 'route', op: 'like', value: '/api/*' });
    expect(matcherIn('route!=/api/*')).toEqual({ label: 'route', op: 'not_like', value: '/api/*' });
    expect(matcherIn('team=')).toEqual({ label: 'team', op: 'eq', value: '' });
    for (const text of ['severity', '=x', '1a=b', '']) {
      expect(() => matcherIn(text)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
    }
  });
});

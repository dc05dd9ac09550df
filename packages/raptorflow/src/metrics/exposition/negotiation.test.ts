import { expect, test } from 'vitest';
import { negotiateExposition } from './negotiation.ts';

const prometheus2 =
  'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

test.each([
  [undefined, 'prometheus'],
  ['', 'prometheus'],
  ['*/*', 'prometheus'],
  ['text/html,application/xhtml+xml,*/*;q=0.8', 'prometheus'],
  ['text/plain', 'prometheus'],
  ['application/openmetrics-text', 'openmetrics'],
  ['Application/OpenMetrics-Text; Version="1.0.0"; charset=utf-8', 'openmetrics'],
  [prometheus2, 'openmetrics'],
  ['application/openmetrics-text;version=2.0.0,text/plain;q=0.1', 'prometheus'],
  ['application/openmetrics-text;q=0.1,text/plain;version=0.0.4;q=0.9', 'prometheus'],
  ['application/openmetrics-text;q=0,*/*', 'prometheus'],
  ['application/openmetrics-text;q=zero', 'prometheus'],
  [';;;,,,=', 'prometheus'],
])('a scraper that accepts %s gets %s', (accept, format) => {
  expect(negotiateExposition(accept).format).toBe(format);
});

test('the content type names the version', () => {
  expect(negotiateExposition(prometheus2).contentType).toBe(
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
  );
  expect(negotiateExposition('text/plain').contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
});

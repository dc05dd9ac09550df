import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { rowText } from './chain.ts';
import { auditActorKinds, auditOutcomes, auditPhases } from './entry.ts';

it('canonical JSON is that of RFC 8785', () => {
  // Section 3.2.2, and keys by their UTF-16 code units as in section 3.2.3.
  const numbers = [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001];
  expect(
    canonicalJson({
      numbers,
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\\"/',
      literals: [null, true, false],
    }),
  ).toBe(
    String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  );
  const keys = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 };
  expect(Object.values(JSON.parse(canonicalJson(keys)) as object)).toHaveLength(7);
  expect(canonicalJson(keys)).toBe('{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}');
});

it('the text of a row is canonical JSON of what it says', () => {
  const text = fc.string({ unit: 'binary', minLength: 1 });
  const maybe = fc.option(text);
  const rows = fc.record({
    workspaceId: text,
    sequence: fc.nat(),
    id: text,
    recordedAtMs: fc.integer({ min: 0, max: 4e12 }),
    action: text,
    phase: fc.constantFrom(...auditPhases),
    intentId: maybe,
    actor: fc.record({ kind: fc.constantFrom(...auditActorKinds), id: text }),
    target: fc.option(fc.record({ kind: text, id: text })),
    outcome: fc.option(fc.constantFrom(...auditOutcomes)),
    correlationId: maybe,
    agentId: maybe,
    agentRunId: maybe,
    campaignId: maybe,
    payloadHash: text,
  });
  fc.assert(
    fc.property(rows, (row) => {
      expect(rowText(row)).toBe(
        canonicalJson({
          workspace_id: row.workspaceId,
          sequence: row.sequence,
          id: row.id,
          recorded_at: new Date(row.recordedAtMs).toISOString(),
          action: row.action,
          phase: row.phase,
          intent_id: row.intentId,
          actor: row.actor,
          target: row.target,
          outcome: row.outcome,
          correlation_id: row.correlationId,
          agent_id: row.agentId,
          agent_run_id: row.agentRunId,
          campaign_id: row.campaignId,
          details_sha256: row.payloadHash,
        }),
      );
    }),
  );
});

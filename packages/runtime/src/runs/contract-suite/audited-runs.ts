import { RaptorFlowError } from 'raptorflow/kernel';
import { beforeEach, expect, test } from 'vitest';
import { auditMigrations, auditTables, type AuditLog, type AuditTrail } from '../../audit/index.ts';
import { startAudit } from '../../audit/contract-suite/fixture.ts';
import type { Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import type { RunBody } from '../execution.ts';
import type { RunRef, Runs } from '../runs.ts';
import { runMigrations, runTables } from '../tables.ts';
import { crash, echoDispatcher, runsOver } from './fixture.ts';

const ws = 'ws_a';

/** What the audit log knows of runs, on both engines. */
export function auditedRunsSuite(open: OpenDatabase): void {
  let db: Database;
  let audit: AuditLog;

  beforeEach(async () => {
    db = await open({ tables: [runTables, auditTables], migrations: [runMigrations, auditMigrations] });
    audit = await startAudit(db);
  });

  const runsWith = (trail: AuditTrail = audit): Runs => runsOver(db, echoDispatcher(), {}, { audit: trail });

  const begin = async (runs: Runs): Promise<RunRef> => {
    const run = await runs.start({
      workspaceId: ws,
      runType: 'task',
      input: null,
      agentId: 'agt_1',
      campaignId: 'cmp_1',
      correlationId: 'req-1',
    });
    return { workspaceId: ws, runId: run.id };
  };

  /** What the chain says, oldest first. */
  const told = async (): Promise<unknown[]> => {
    const { items } = await audit.query(ws);
    return items.toReversed().map(({ action, phase, outcome, payload }) => ({
      action,
      phase,
      outcome,
      details: JSON.parse(payload ?? 'null') as unknown,
    }));
  };

  test('a tool call is recorded before it is made, with who makes it, and then how it ended', async () => {
    const runs = runsWith();
    const ref = await begin(runs);
    let before: unknown[] = [];
    const run = await runs.execute(ref, (context) =>
      context.tool('send', { to: 'ada', password: 'hunter2' }, async () => {
        before = await told();
        return 'sent';
      }),
    );
    expect(run.state).toMatchObject({ status: 'completed', output: 'sent' });
    const intent = {
      action: 'tool.call',
      phase: 'intent',
      outcome: null,
      details: { effect: 'idempotent', input: { to: 'ada', password: '[masked]' } },
    };
    expect(before).toEqual([intent]);
    expect(await told()).toEqual([
      intent,
      expect.objectContaining({
        phase: 'outcome',
        outcome: 'ok',
        details: expect.objectContaining({ output_bytes: 6 }) as unknown,
      }),
    ]);
    const [outcome, row] = (await audit.query(ws)).items;
    expect(outcome?.intentId).toBe(row?.id);
    expect(row).toMatchObject({
      actor: { kind: 'agent', id: 'agt_1' },
      target: { kind: 'tool', id: 'send' },
      correlationId: 'req-1',
      agentId: 'agt_1',
      agentRunId: ref.runId,
      campaignId: 'cmp_1',
    });
  });

  test('a call that fails says so', async () => {
    const runs = runsWith();
    await runs.execute(await begin(runs), (context) =>
      context.tool('send', null, () =>
        Promise.reject(new RaptorFlowError('unavailable', 'The mail server is away.')),
      ),
    );
    expect((await told()).at(-1)).toMatchObject({
      phase: 'outcome',
      outcome: 'failed',
      details: { error: { code: 'unavailable', message: 'The mail server is away.' } },
    });
  });

  test('a tool is not called when that cannot be recorded', async () => {
    let called = 0;
    const full: AuditTrail = {
      append: () => Promise.reject(new RaptorFlowError('storage_full', 'The disk is full.')),
      appendWithin: () => Promise.reject(new RaptorFlowError('storage_full', 'The disk is full.')),
    };
    const runs = runsWith(full);
    const ref = await begin(runs);
    const body: RunBody = (context) =>
      context.tool('send', null, async () => {
        called += 1;
        return null;
      });
    await expect(runs.execute(ref, body)).rejects.toMatchObject({ code: 'storage_full' });
    expect(called).toBe(0);
    expect((await runs.journal(ref)).map((entry) => entry.kind)).toEqual(['run_started']);
    // Nor is it called again after a crash.
    void runsWith().execute(ref, (context) => context.tool('send', null, crash));
    await expect.poll(async () => (await told()).length).toBe(1);
    await runsWith(full).execute(ref, body);
    expect(called).toBe(0);
  });

  test('a call that a crash interrupted stays open, and is recorded again when it is made again', async () => {
    const ref = await begin(runsWith());
    void runsWith().execute(ref, (context) => context.tool('send', 1, crash));
    await expect.poll(async () => (await told()).length).toBe(1);
    const run = await runsWith().execute(ref, (context) => context.tool('send', 1, async () => 'sent'));
    expect(run.state.status).toBe('completed');
    const details = { input: 1, effect: 'idempotent' };
    expect(await told()).toMatchObject([
      { phase: 'intent', details },
      { phase: 'intent', details: { ...details, again: true } },
      { phase: 'outcome', outcome: 'ok' },
    ]);
    const [outcome, second] = (await audit.query(ws)).items;
    expect(outcome?.intentId).toBe(second?.id);
    expect(await audit.verify(ws)).toMatchObject({ ok: true });
  });

  test('what people say to a run is recorded under their name', async () => {
    const runs = runsWith();
    const ref = await begin(runs);
    const body: RunBody = async (context) => context.ask('approve', 'May I?');
    await runs.execute(ref, body);
    await runs.waiting.answer(ref, 'approve', { yes: true }, 'usr_9');
    const [row] = (await audit.query(ws)).items;
    expect(row).toMatchObject({
      action: 'run.question_answered',
      phase: 'event',
      actor: { kind: 'user', id: 'usr_9' },
      target: { kind: 'run', id: ref.runId },
    });
    expect(JSON.parse(row?.payload ?? '')).toEqual({ step: 'approve', answer: { yes: true } });
  });
}

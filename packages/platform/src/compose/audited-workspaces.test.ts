import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openIdentityWorld, type IdentityWorld } from '../http/testing/identity-world.ts';

let world: IdentityWorld;
beforeEach(async () => {
  world = await openIdentityWorld();
});
afterEach(() => world.stop());

async function actionsOf(workspaceId: string): Promise<unknown[]> {
  const { items } = await world.audit.query(workspaceId);
  return items.toReversed();
}

describe('the chain of a workspace', () => {
  it('begins with whose it is, where nobody asked for it', async () => {
    const ada = await world.person('Ada');
    expect(await actionsOf(ada.workspaceId)).toMatchObject([
      {
        action: 'workspace.created',
        phase: 'event',
        actor: { kind: 'system', id: 'identity' },
        target: { kind: 'workspace', id: ada.workspaceId },
        outcome: 'ok',
        payload: JSON.stringify({ name: 'Ada’s workspace', owner: ada.userId }),
      },
    ]);
  });

  it('begins with who asked for it, once', async () => {
    const ada = await world.person('Ada');
    const { body } = await world.send(
      ada.token,
      'POST',
      '/api/v1/workspaces',
      { name: 'Growth' },
      { 'x-correlation-id': 'asked-1' },
    );
    expect(await actionsOf(body.id)).toMatchObject([
      { action: 'workspace.created', actor: { kind: 'user', id: ada.userId }, correlationId: 'asked-1' },
    ]);
  });

  it('keeps no payload once the workspace is deleted, also none that was written at the last moment, and verifies', async () => {
    const ada = await world.person('Ada');
    const url = `/api/v1/workspaces/${ada.workspaceId}`;
    const { status } = await world.send(ada.token, 'DELETE', url, { name: 'Ada’s workspace' });
    expect(status).toBe(202);
    await world.identity.removals.finish();
    const said = async (): Promise<string> => {
      let text = '';
      for await (const line of world.audit.export(ada.workspaceId)) text += line;
      return text;
    };
    expect(await said()).toContain('"action":"workspace.created"');
    expect(await said()).not.toContain('Ada’s');
    await world.audit.append({
      workspaceId: ada.workspaceId,
      action: 'document.create',
      phase: 'event',
      actor: { kind: 'user', id: ada.userId },
      details: { title: 'A late secret' },
    });
    expect(await said()).toContain('A late secret');
    await world.clock.advance(3_600_000);
    await world.identity.removals.finish();
    expect(await said()).not.toContain('A late secret');
    // Only the row that says until where payloads were erased has one.
    const kept = (await world.audit.query(ada.workspaceId)).items.filter((row) => row.payload !== null);
    expect(kept.map((row) => row.action)).toEqual(['audit.payloads_erased']);
    expect(await world.audit.verify(ada.workspaceId)).toMatchObject({ ok: true });
  });
});

import { describe, expect, it } from 'vitest';
import { isForeignEnvelope, liftEnvelope, Router, standardRoutes } from './routing.ts';

const router = new Router([
  ...standardRoutes,
  {
    type: 'lord_command',
    channel: ({ destinationGuild }) =>
      destinationGuild ? `sys.guild.${destinationGuild}.broadcast` : undefined,
  },
  { type: 'asset_generated', channel: 'lab.assets' },
  { type: 'asset_generated:image', channel: 'lab.images' },
  { type: 'workspace.archive.*', channel: 'lab.archive' },
]);

describe('the routing table', () => {
  it.each([
    ['heartbeat', 'sys.global.heartbeat'],
    ['agent_status_changed', 'sys.global.heartbeat'],
    ['workspace.created', 'sys.workspace.lifecycle'],
    ['member.invited', 'sys.workspace.lifecycle'],
    ['test.event', 'sys.workspace.lifecycle'],
    ['agent.task_started', 'sys.state.update'],
    ['workflow.completed', 'sys.state.update'],
  ])('sends %s to %s', (type, channel) => {
    expect(router.find({ type })).toBe(channel);
  });

  it('prefers the exact type to the base type, and the longer prefix to the shorter', () => {
    expect(router.find({ type: 'asset_generated:image' })).toBe('lab.images');
    expect(router.find({ type: 'asset_generated:text' })).toBe('lab.assets');
    expect(router.find({ type: 'workspace.archive.done' })).toBe('lab.archive');
  });

  it('asks a function about the draft, which may not know', () => {
    expect(router.find({ type: 'lord_command', destinationGuild: 'muse' })).toBe('sys.guild.muse.broadcast');
    expect(router.find({ type: 'lord_command' })).toBeUndefined();
  });

  it('knows nothing of types that no rule names', () => {
    expect(router.find({ type: 'workspace' })).toBeUndefined();
    expect(router.find({ type: 'something_else' })).toBeUndefined();
  });

  it('refuses a route to what is no channel', () => {
    expect(() => new Router([{ type: 'a', channel: 'Not A Channel' }])).toThrow(
      expect.objectContaining({ code: 'invalid_options' }),
    );
  });
});

describe('envelopes of the older dialect', () => {
  it('are lifted with workspace and correlation', () => {
    const envelope = {
      event_type: 'workspace.created',
      workspace_id: 'w1',
      correlation_id: 'r1',
      payload: { a: 1 },
    };
    expect(isForeignEnvelope(envelope)).toBe(true);
    expect(liftEnvelope(envelope)).toEqual({
      type: 'workspace.created',
      payload: { a: 1 },
      workspaceId: 'w1',
      requestId: 'r1',
    });
  });

  it('may lack everything but the type', () => {
    expect(liftEnvelope({ event_type: 'x' })).toEqual({ type: 'x', payload: {}, workspaceId: null });
  });
});

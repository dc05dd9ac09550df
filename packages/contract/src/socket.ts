/**
 * The dashboard's socket: `WS /ws/dashboard/:user_id`.
 *
 * Clients offer the protocol `raptorflow`, and beside it `bearer.<token>` where no cookie serves; only the plain name is
 * ever echoed.
 *
 * The server sends frames of one shape. Frames about events carry the event's own id, channel and workspace; frames of
 * the connection itself have those three null and a type that starts with `socket.`:
 *
 * - `socket.hello` `{ heartbeat_seconds }`: first frame of every connection.
 * - `socket.heartbeat` `{}`: sent every `heartbeat_seconds`; a client that misses two reconnects.
 * - `socket.pong` `{}`: answers a ping.
 * - `socket.resumed` `{ count }`: `resume_from` was found and `count` missed events were sent before this frame.
 * - `socket.resync` `{ reason }`: what was missed is no longer kept; the client must read its state again.
 * - `socket.error` `{ code, message }`: a client frame was refused; the connection stays.
 *
 * State updates (`sys.state.update`) of all the caller's workspaces arrive unasked. `tail` adds other channels, always
 * within the caller's workspaces (the operator also sees events that belong to none), until it is sent again.
 */
import { z } from 'zod';

import { channelPatternSchema } from './bus.ts';
import { identifierSchema, timestampSchema } from './primitives.ts';

/** Where the dashboard connects; the role is checked as for routes. */
export const dashboardSocketPath = '/ws/dashboard/:user_id';

/** What the server sends. `data` is the event's payload, or that of the connection frame. */
export const socketFrameSchema = z
  .object({
    type: z.string(),
    data: z.record(z.string(), z.unknown()),
    event_id: identifierSchema.nullable(),
    channel: z.string().nullable(),
    workspace_id: identifierSchema.nullable(),
    timestamp: timestampSchema,
  })
  .meta({ id: 'SocketFrame' });
export type SocketFrame = z.infer<typeof socketFrameSchema>;

/** What the client may send: exactly one of the three, or the bare text `ping`. */
export const socketClientFrameSchema = z
  .union([
    z.strictObject({ resume_from: identifierSchema }),
    z.strictObject({ type: z.literal('ping') }),
    z.strictObject({ tail: z.array(channelPatternSchema).max(16) }),
  ])
  .meta({ id: 'SocketClientFrame' });
export type SocketClientFrame = z.infer<typeof socketClientFrameSchema>;

/** Why the server closed a socket; 4000 and above are ours. */
export const socketCloseCodes = {
  goingAway: 1001,
  unauthenticated: 4401,
  forbidden: 4403,
  slowClient: 4408,
  tooManyFrames: 4429,
  tooManySockets: 4430,
} as const;

/**
 * Payload of a `state_update` event, as far as everybody agrees on it: what changed, of which campaign, run or agent.
 * Receivers read the resource again rather than trust `update` to be complete.
 */
export const stateUpdateSchema = z.looseObject({
  state_type: z.string(),
  campaign_id: identifierSchema.optional(),
  run_id: identifierSchema.optional(),
  agent_id: identifierSchema.optional(),
  status: z.string().optional(),
  update: z.record(z.string(), z.unknown()).optional(),
});
export type StateUpdate = z.infer<typeof stateUpdateSchema>;

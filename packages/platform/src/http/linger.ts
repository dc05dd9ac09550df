import type { FastifyInstance } from 'fastify';
import { systemClock } from 'raptorflow/kernel';

/** A client that goes on sending although it was refused is listened to for so long. */
const lingerMs = 2_000;

/**
 * Lets refusals arrive. Who is answered while the body is still on its way (too large, not allowed) would lose the answer if the connection were
 * closed at once: what is unread then resets it. So the rest is read and thrown away for a while, and only then the connection ends.
 */
export function installLinger(app: FastifyInstance): void {
  app.addHook('onSend', async ({ raw }, reply) => {
    if (raw.complete || reply.statusCode < 400) return;
    void reply.removeHeader('connection');
    raw.resume();
    // Real time: this is about sockets.
    const timer = systemClock.setTimeout(() => raw.destroy(), lingerMs).unref();
    raw.once('close', () => timer.cancel());
  });
}

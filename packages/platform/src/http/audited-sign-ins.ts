/** Who came in, and who tried to. */
import { installationChain, type AuditEntry, type AuditTrail, type Principal } from '@raptorflow/runtime';
import { toRaptorFlowError, type Clock } from 'raptorflow/kernel';
import type { Call } from './call.ts';

/** How somebody shows who they are. */
export type SignInMethod = 'link' | 'token';

/** Refused attempts that are recorded in a minute: the door is open to everybody, and nobody may fill the disk through it. */
const refusalsMax = 60;
const minuteMs = 60_000;

/** Records sign-ins. */
export interface AuditedSignIns {
  /**
   * Checks who it is with `prove`. What it answers is passed on once the sign-in is recorded, so nobody is in who does not stand in
   * the log; a refusal is recorded and thrown.
   */
  attempt(call: Call, method: SignInMethod, prove: () => Promise<Proof>): Promise<Proof>;
}

/** A token, and whose it is. */
interface Proof {
  readonly token: string;
  readonly principal: Principal;
}

/** Builds the recorder. */
export function auditSignIns(trail: AuditTrail, clock: Clock): AuditedSignIns {
  let minute = 0;
  let refusals = 0;
  let unrecorded = 0;

  const entryOf = (call: Call, method: SignInMethod): Omit<AuditEntry, 'actor'> & { details: object } => ({
    workspaceId: installationChain,
    action: 'session.sign_in',
    phase: 'event',
    correlationId: call.correlationId,
    details: { method, address: call.request.ip },
  });
  const noteRefusal = async (call: Call, method: SignInMethod, error: unknown): Promise<void> => {
    const now = Math.floor(clock.now() / minuteMs);
    if (now !== minute) [minute, refusals] = [now, 0];
    refusals += 1;
    if (refusals > refusalsMax) {
      unrecorded += 1;
      return;
    }
    const entry = entryOf(call, method);
    const missed = unrecorded === 0 ? {} : { unrecorded_before: unrecorded };
    unrecorded = 0;
    await trail.append({
      ...entry,
      actor: { kind: 'user', id: 'unknown' },
      outcome: 'refused',
      details: { ...entry.details, code: toRaptorFlowError(error).code, ...missed },
    });
  };

  return {
    async attempt(call, method, prove) {
      let proven: Proof;
      try {
        proven = await prove();
      } catch (error) {
        await noteRefusal(call, method, error);
        throw error;
      }
      const { userId, operator } = proven.principal;
      const entry = entryOf(call, method);
      await trail.append({
        ...entry,
        actor: { kind: operator ? 'operator' : 'user', id: userId },
        outcome: 'ok',
        details: { ...entry.details, operator },
      });
      return proven;
    },
  };
}

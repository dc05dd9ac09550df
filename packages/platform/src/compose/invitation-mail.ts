/** Invitations by mail, where a mail server is configured. */
import type { MadeInvitation } from '@raptorflow/runtime';
import { messageIdOf, sendMail } from 'raptorflow/alerts';
import type { Logger } from 'raptorflow/kernel';
import type { Periscope } from 'raptorflow/resilience';
import type { IdentityConfig } from '../identity-config.ts';

/** An invitation on its way. */
export interface InvitationLetter {
  readonly made: MadeInvitation;
  readonly url: string;
  readonly workspaceName: string;
  readonly invitedBy: string;
  readonly signal: AbortSignal;
}

const sendMsMax = 20_000;

/**
 * Builds what sends invitations: it answers whether the mail server took the mail. One that fails is logged and not thrown, because the invitation
 * is made, and whoever invites is shown its link.
 */
export function createInvitationMail(
  mail: IdentityConfig['mail'],
  deps: { readonly periscope: Pick<Periscope, 'execute'>; readonly log: Logger },
): (letter: InvitationLetter) => Promise<boolean> {
  if (!mail) return async () => false;
  const { url, from } = mail;
  return async (letter) => {
    try {
      await deps.periscope.execute(
        'identity.invitation_mail',
        ({ signal }) => sendMail(toMail(letter, from), { url }, AbortSignal.any([signal, letter.signal])),
        { timeoutMs: sendMsMax, deadlineMs: sendMsMax },
      );
      return true;
    } catch (error) {
      deps.log.warn('An invitation could not be sent by mail; its link was shown instead.', {
        error,
        invitation_id: letter.made.id,
      });
      return false;
    }
  };
}

function toMail(letter: InvitationLetter, from: string): Parameters<typeof sendMail>[0] {
  const { made, url, workspaceName, invitedBy } = letter;
  const until = new Date(made.expiresAt).toISOString().slice(0, 16).replace('T', ' ');
  return {
    from,
    to: [made.email],
    subject: `${oneLine(invitedBy)} invites you to ${oneLine(workspaceName)} on RaptorFlow`,
    text: [
      `${oneLine(invitedBy)} invites you to the workspace ${oneLine(workspaceName)} as ${made.role}.`,
      `Accept with this link, which works once, until ${until} UTC:`,
      url,
      'If you do not know what this is about, ignore this mail: nothing happens without the link.',
      '',
    ].join('\n\n'),
    messageId: messageIdOf(made.id, from),
  };
}

// Names are people's own; a line break in one could begin a header of its own.
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

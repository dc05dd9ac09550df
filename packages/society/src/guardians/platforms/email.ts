import type { PlatformRules, RuleFinding } from '../content.ts';

// Sources, read on 2026-11-21: https://www.ftc.gov/business-guidance/resources/can-spam-act-compliance-guide-business
// and https://support.google.com/a/answer/81126 (unsubscribing, deceptive subjects, the sender's address).

/** Marketing e-mail. */
export const emailRules: PlatformRules = {
  platform: 'email',
  name: 'E-mail',
  guardian: 'LORD-006',
  wantsCallToAction: true,
  limits: [
    {
      platform: 'email',
      rule: 'subject_length',
      field: 'subject',
      unit: 'utf16',
      soft: 60,
      hard: 150,
      note: 'Phones show about 40 to 60 characters; the hard limit is ours.',
      source: { title: 'RaptorFlow’s own rule', url: null },
      checkedOn: '2026-11-21',
    },
    {
      platform: 'email',
      rule: 'preheader_length',
      field: 'preheader',
      unit: 'utf16',
      soft: 110,
      hard: 200,
      note: 'Inboxes show about 40 to 110 characters after the subject.',
      source: { title: 'RaptorFlow’s own rule', url: null },
      checkedOn: '2026-11-21',
    },
  ],
  inspect: (content) => {
    const findings: RuleFinding[] = [];
    if (content.subject === undefined || content.subject.trim() === '') {
      findings.push({
        rule: 'subject_missing',
        severity: 'rejection',
        message: 'An e-mail needs a subject.',
        field: 'subject',
      });
    } else if (/^\s*(?:re|fwd?|aw|wg)\s*:/iu.test(content.subject)) {
      findings.push({
        rule: 'deceptive_subject',
        severity: 'rejection',
        message:
          'The subject pretends to be a reply or a forwarded mail; the CAN-SPAM Act forbids deceptive subjects.',
        field: 'subject',
      });
    }
    if (content.preheader === undefined || content.preheader.trim() === '') {
      findings.push({
        rule: 'preheader_missing',
        severity: 'warning',
        message: 'Without a preheader, inboxes show whatever stands first in the mail.',
        field: 'preheader',
      });
    }
    if (!/unsubscribe|opt[ -]?out|abmelden|se désabonner/iu.test(content.text)) {
      findings.push({
        rule: 'unsubscribe_missing',
        severity: 'rejection',
        message:
          'A marketing mail must offer a way to unsubscribe (CAN-SPAM Act; Gmail’s rules for senders).',
        field: 'text',
      });
    }
    if (
      !/\bpostal address\b|\[gap: [^\]]*address[^\]]*\]|\b\d{1,6}\s+\p{Lu}[\p{L}.]+\s+(?:street|st|road|rd|avenue|ave|lane|square)\b/iu.test(
        content.text,
      )
    ) {
      findings.push({
        rule: 'postal_address_missing',
        severity: 'warning',
        message: 'No postal address of the sender was recognised; the CAN-SPAM Act asks for one.',
        field: 'text',
      });
    }
    return findings;
  },
};

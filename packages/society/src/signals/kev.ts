import { z } from 'zod';
import { RaptorFlowError } from 'raptorflow/kernel';
import { boundDraft, moment, signalId, type Severity, type SignalDraft } from './signal.ts';
import { industryOf } from './words.ts';

/** One vulnerability of the catalogue of known exploited vulnerabilities, as its JSON schema has it. */
const entrySchema = z.looseObject({
  cveID: z.string().regex(/^CVE-\d{4}-\d{4,}$/u, 'must look like CVE-2026-12345'),
  vendorProject: z.string(),
  product: z.string(),
  vulnerabilityName: z.string(),
  dateAdded: z.string(),
  shortDescription: z.string(),
  requiredAction: z.string().default(''),
  dueDate: z.string().optional(),
  knownRansomwareCampaignUse: z.string().default('Unknown'),
  notes: z.string().default(''),
  cwes: z.array(z.string()).default([]),
});

/** A due date so soon after the entry is an emergency by the rules of the catalogue (BOD 22-01: usually 14 or 21 days). */
const urgentDays = 7;
const dayMs = 86_400_000;

/** An entry of the catalogue as a signal. Its id takes time to make, so one that is known is given. Throws `invalid_input` for what is none. */
export function signalOfKev(item: unknown, id: string = signalId('kev', item)): SignalDraft {
  const parsed = entrySchema.safeParse(item);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new RaptorFlowError(
      'invalid_input',
      `It is no entry of the catalogue: ${[...(issue?.path ?? []), issue?.message].join(': ')}.`,
    );
  }
  const entry = parsed.data;
  const content = [entry.shortDescription, entry.requiredAction && `Required: ${entry.requiredAction}`]
    .filter(Boolean)
    .join('\n');
  const isUsedByRansomware = entry.knownRansomwareCampaignUse.trim().toLowerCase() === 'known';
  return boundDraft({
    id,
    source: 'kev',
    title: entry.vulnerabilityName,
    content,
    severity: severityOf(entry.dateAdded, entry.dueDate, isUsedByRansomware),
    severityBasis: 'field',
    industry: industryOf([], `${entry.vulnerabilityName}\n${entry.shortDescription}`),
    tags: [
      'known-exploited',
      entry.cveID,
      entry.vendorProject,
      entry.product,
      ...entry.cwes,
      ...(isUsedByRansomware ? ['ransomware'] : []),
    ],
    published: moment(entry.dateAdded),
    url: /https?:\/\/[^\s;]+/u.exec(entry.notes)?.[0].slice(0, 2_000) ?? null,
    reference: entry.cveID,
  });
}

/** Everything in the catalogue is exploited, so it is high at least; used for ransomware or due within days, it is critical. */
function severityOf(added: string, due: string | undefined, isUsedByRansomware: boolean): Severity {
  if (isUsedByRansomware) return 'critical';
  const days = due === undefined ? Number.NaN : (Date.parse(due) - Date.parse(added)) / dayMs;
  return days <= urgentDays ? 'critical' : 'high';
}

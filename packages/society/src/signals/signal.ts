import { createHash } from 'node:crypto';

/** How much a signal matters, worst first. */
export const severities: readonly ['critical', 'high', 'medium', 'low'] = [
  'critical',
  'high',
  'medium',
  'low',
];

/** One of them. */
export type Severity = (typeof severities)[number];

/** The published formats that signals are made of. */
export type ThreatFormat = 'stix' | 'kev';

/** What severity was read from: the standard's own fields, or words of the text. */
export type SeverityBasis = 'cvss' | 'field' | 'words';

/** What was made of one item of a feed. */
export interface SignalDraft {
  /** `sig_` and the SHA-256 of the canonical item: different items never have one id. */
  readonly id: string;
  /** Who published it, as the item says, or the format. */
  readonly source: string;
  readonly title: string;
  readonly content: string;
  readonly severity: Severity;
  readonly severityBasis: SeverityBasis;
  /** An industry of the STIX vocabulary `industry-sector-ov`; null when none is named. */
  readonly industry: string | null;
  readonly tags: readonly string[];
  /** RFC 3339; null when the item does not say. */
  readonly published: string | null;
  readonly url: string | null;
  /** What the publisher calls it: a STIX id, a CVE number. */
  readonly reference: string;
}

/** A stored signal. */
export interface Signal extends SignalDraft {
  readonly workspaceId: string;
  readonly ingestedAt: string;
  /** It is kept until then, by its severity. */
  readonly expiresAt: string;
}

const dayMs = 86_400_000;

/** How long signals are kept, milliseconds. */
export const signalRetentionMs: Readonly<Record<Severity, number>> = Object.freeze({
  critical: 365 * dayMs,
  high: 180 * dayMs,
  medium: 90 * dayMs,
  low: 30 * dayMs,
});

const titleCharsMax = 300;
const contentCharsMax = 8_000;
const tagsMax = 50;
const tagCharsMax = 100;

/** The id of an item: of its format and its JSON with all keys in order, whole. */
export function signalId(format: ThreatFormat, item: unknown): string {
  return `sig_${createHash('sha256')
    .update(`${format}\n${canonicalJson(item)}`)
    .digest('hex')}`;
}

/** JSON with the keys of every object in the order of their code units, so that equal values have one text (after RFC 8785). */
export function canonicalJson(value: unknown): string {
  // One growing text: with arrays of members and of their texts, half of what an ingest allocates would be made here.
  let text = '';
  if (Array.isArray(value)) {
    for (const element of value as readonly unknown[])
      text += `${text === '' ? '' : ','}${canonicalJson(element)}`;
    return `[${text}]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(members).sort()) {
    const member = members[key];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

/** Cuts what publishers do not bound. */
export function boundDraft(draft: SignalDraft): SignalDraft {
  const tags = [...new Set(draft.tags.map((tag) => tag.trim().toLowerCase()).filter((tag) => tag !== ''))];
  return {
    ...draft,
    title: cut(draft.title.trim(), titleCharsMax),
    content: cut(draft.content.trim(), contentCharsMax),
    tags: tags.slice(0, tagsMax).map((tag) => cut(tag, tagCharsMax)),
  };
}

/** A moment as RFC 3339 with milliseconds; null for anything else. */
export function moment(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const millis = Date.parse(value);
  return Number.isNaN(millis) ? null : new Date(millis).toISOString();
}

function cut(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax - 1)}…`;
}

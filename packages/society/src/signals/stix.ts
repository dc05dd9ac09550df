import { z } from 'zod';
import { RaptorFlowError } from 'raptorflow/kernel';
import { baseScore, ratingOf, vectorPattern } from './cvss.ts';
import {
  boundDraft,
  moment,
  severities,
  signalId,
  type Severity,
  type SeverityBasis,
  type SignalDraft,
} from './signal.ts';
import { industryOf, severityOfWords } from './words.ts';

/** Objects of STIX 2.1 (OASIS, chapter 4) that tell of a threat. Others say how these hang together, or what to do. */
const signalTypes: ReadonlySet<string> = new Set([
  'attack-pattern',
  'campaign',
  'incident',
  'indicator',
  'intrusion-set',
  'malware',
  'report',
  'threat-actor',
  'tool',
  'vulnerability',
]);

const texts = z.array(z.string()).optional().catch(undefined);
const objectSchema = z.looseObject({
  type: z.string(),
  id: z.string().min(1).max(300),
  name: z.string().optional(),
  description: z.string().optional(),
  created: z.string().optional(),
  modified: z.string().optional(),
  published: z.string().optional(),
  valid_from: z.string().optional(),
  pattern: z.string().optional(),
  labels: texts,
  indicator_types: texts,
  malware_types: texts,
  report_types: texts,
  threat_actor_types: texts,
  tool_types: texts,
  external_references: z
    .array(
      z.looseObject({
        source_name: z.string().optional(),
        external_id: z.string().optional(),
        url: z.string().optional(),
        description: z.string().optional(),
      }),
    )
    .optional()
    .catch(undefined),
});
type StixObject = z.output<typeof objectSchema>;

/** Why an object of a bundle is no signal; null for one that is. */
export function skipStix(item: unknown): string | null {
  if (typeof item !== 'object' || item === null || !('type' in item) || typeof item.type !== 'string')
    return null;
  if (!signalTypes.has(item.type)) return `${item.type.slice(0, 60)} objects are no signals`;
  return 'revoked' in item && item.revoked === true ? 'revoked by its publisher' : null;
}

/** An object of a STIX 2.1 bundle as a signal. Its id takes time to make, so one that is known is given. Throws `invalid_input` for one that is none. */
export function signalOfStix(item: unknown, id: string = signalId('stix', item)): SignalDraft {
  const parsed = objectSchema.safeParse(item);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new RaptorFlowError(
      'invalid_input',
      `It is no STIX object: ${[...(issue?.path ?? []), issue?.message].join(': ')}.`,
    );
  }
  const object = parsed.data;
  const references = object.external_references ?? [];
  const kinds = [
    ...(object.indicator_types ?? []),
    ...(object.malware_types ?? []),
    ...(object.report_types ?? []),
    ...(object.threat_actor_types ?? []),
    ...(object.tool_types ?? []),
  ];
  const title = object.name ?? object.pattern ?? object.id;
  const content = object.description ?? object.pattern ?? '';
  const [severity, severityBasis] = severityOf(object, `${title}\n${content}`);
  const labels = object.labels ?? [];
  const named = references.find(({ external_id: id }) => id !== undefined);
  return boundDraft({
    id,
    source: references[0]?.source_name?.slice(0, 200) ?? 'stix',
    title,
    content,
    severity,
    severityBasis,
    industry: industryOf(labels, `${title}\n${content}`),
    tags: [object.type, ...labels, ...kinds, ...references.flatMap(({ external_id: id }) => id ?? [])],
    published: moment(object.published ?? object.valid_from ?? object.modified ?? object.created),
    url: references.find(({ url }) => url !== undefined && isWebAddress(url))?.url?.slice(0, 2_000) ?? null,
    reference: object.type === 'vulnerability' ? (named?.external_id ?? object.id) : object.id,
  });
}

function severityOf(object: StixObject, text: string): [Severity, SeverityBasis] {
  const scored = cvssOf(object);
  if (scored) return [scored, 'cvss'];
  const declared = declaredOf(object) ?? typeSeverity(object);
  return declared ? [declared, 'field'] : [severityOfWords(text), 'words'];
}

const scoreKey = /cvss.*score|^(?:x_.*)?base_?score$/iu;
const severityKey = /severity$/iu;
const depthMax = 4;

/** The worst score of the object's own and its extensions' CVSS fields, and of vectors in its references. */
function cvssOf(object: StixObject): Severity | undefined {
  const scores: number[] = [];
  visit(object, (key, value) => {
    const score = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof score === 'number' && scoreKey.test(key)) scores.push(score);
    if (typeof value !== 'string') return;
    const vector =
      /cvss|vector/iu.test(key) || key === 'description' ? vectorPattern.exec(value)?.[0] : undefined;
    const base = vector === undefined ? undefined : baseScore(vector);
    if (base !== undefined) scores.push(base);
  });
  const ratings = new Set(scores.map(ratingOf));
  return severities.find((severity) => ratings.has(severity));
}

/** What a severity field or a label such as `severity:high` says. */
function declaredOf(object: StixObject): Severity | undefined {
  const said: string[] = (object.labels ?? []).map((label) => label.replace(/^severity[:=]\s*/iu, ''));
  visit(object, (key, value) => {
    if (typeof value === 'string' && severityKey.test(key)) said.push(value);
  });
  const words: ReadonlySet<string> = new Set(said.map((word) => word.trim().toLowerCase()));
  return severities.find((severity) => words.has(severity));
}

/** What the open vocabularies of the standard say of the kind of thing that it is. */
function typeSeverity(object: StixObject): Severity | undefined {
  if (object.malware_types?.includes('ransomware')) return 'critical';
  if (object.type === 'malware') return 'high';
  const kinds = object.indicator_types ?? [];
  if (kinds.includes('compromised')) return 'critical';
  if (kinds.includes('malicious-activity') || kinds.includes('attribution')) return 'high';
  if (kinds.includes('anomalous-activity') || kinds.includes('anonymization')) return 'medium';
  return kinds.includes('benign') ? 'low' : undefined;
}

function visit(value: object, look: (key: string, value: unknown) => void, depth = 0): void {
  for (const [key, member] of Object.entries(value)) {
    look(key, member);
    if (typeof member === 'object' && member !== null && depth < depthMax)
      visit(member as object, look, depth + 1);
  }
}

function isWebAddress(url: string): boolean {
  return /^https?:\/\//iu.test(url);
}

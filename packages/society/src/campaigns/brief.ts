import { listIssues, RaptorFlowError, type Issue } from 'raptorflow/kernel';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { platformIds, type PlatformId } from '../guardians/index.ts';

/** Somebody the campaign is for. */
export interface Persona {
  readonly name: string;
  readonly role: string;
  readonly pains: readonly string[];
}

/** What a campaign is asked to do, as the code sees it. The YAML and the wire use the same names in snake_case. */
export interface CampaignBrief {
  readonly name: string;
  readonly product: string;
  readonly positioning: string;
  readonly personas: readonly Persona[];
  readonly goals: readonly string[];
  readonly channels: readonly PlatformId[];
  readonly budgetUsd: number | null;
  /** ISO day on which the campaign ends. */
  readonly deadline: string | null;
  readonly approval: 'automatic' | 'manual';
  readonly questions: readonly string[];
  readonly competitors: readonly string[];
  /** Paths relative to the brief, or ids of stored documents. */
  readonly documents: readonly string[];
  /** BCP 47. */
  readonly language: string;
}

/** How large a brief may be. */
export const briefLimits: Readonly<{
  briefBytesMax: number;
  personasMax: number;
  goalsMax: number;
  questionsMax: number;
  competitorsMax: number;
  documentsMax: number;
  budgetUsdMax: number;
}> = Object.freeze({
  briefBytesMax: 256 * 1024,
  personasMax: 20,
  goalsMax: 20,
  questionsMax: 50,
  competitorsMax: 20,
  documentsMax: 200,
  budgetUsdMax: 100_000_000,
});

/** What a brief that leaves a field out gets. */
interface BriefDefaults {
  readonly channels: readonly PlatformId[];
  readonly approval: 'automatic' | 'manual';
  readonly language: string;
}

/** The defaults of every brief. */
const briefDefaults: BriefDefaults = Object.freeze({
  channels: Object.freeze<PlatformId[]>(['linkedin', 'email', 'blog']),
  approval: 'manual',
  language: 'en',
});

const channelAliases: Readonly<Record<string, PlatformId>> = {
  twitter: 'x',
  'x/twitter': 'x',
  mail: 'email',
  'e-mail': 'email',
  newsletter: 'email',
  article: 'blog',
  landing: 'landing_page',
  'landing-page': 'landing_page',
  'landing page': 'landing_page',
  website: 'landing_page',
};

const line = (what: string, charactersMax: number): z.ZodType<string> =>
  z
    .string(`Write ${what} as text.`)
    .trim()
    .min(1, `Write ${what}; it is empty.`)
    .max(charactersMax, `Shorten ${what} to at most ${charactersMax} characters.`);

const list = (what: string, itemsMax: number, item: z.ZodType<string>): z.ZodType<string[]> =>
  z
    .array(item, `Write ${what} as a list, one per line with "- " before each.`)
    .max(itemsMax, `Name at most ${itemsMax} ${what}.`)
    .default([]);

function isRelativeInside(path: string): boolean {
  return !/^(?:[a-z]:|[\\/])/iu.test(path) && !path.split(/[\\/]/u).includes('..') && !path.includes('\0');
}

const channel = z.preprocess(
  (value) => {
    if (typeof value !== 'string') return value;
    const lower = value.trim().toLowerCase();
    return channelAliases[lower] ?? lower;
  },
  z.enum(platformIds, `Use one of: ${platformIds.join(', ')}.`),
);

// YAML reads 2027-03-31 as text; a quoted or unquoted day is the same.
const day = z.iso.date('Write the deadline as a day, for example 2027-03-31.');

/** A brief as YAML and the wire write it. Unknown fields are refused, so that a misspelt one is noticed. */
const briefSchema: z.ZodType<BriefFields> = z.strictObject({
  name: line('the name', 200),
  product: line('the product', 200),
  positioning: line('the positioning', 2_000),
  personas: z
    .array(
      z.strictObject({
        name: line('the name of the persona', 100),
        role: z.string('Write the role of the persona as text.').trim().max(300).default(''),
        pains: list('pains', 20, line('the pain', 300)),
      }),
      'Write personas as a list; each has a name, and may have a role and pains.',
    )
    .max(briefLimits.personasMax, `Name at most ${briefLimits.personasMax} personas.`)
    .default([]),
  goals: list('goals', briefLimits.goalsMax, line('the goal', 500)),
  channels: z
    .array(channel, 'Write channels as a list.')
    .min(1, 'Name at least one channel, or leave channels out for the usual ones.')
    .max(platformIds.length)
    .transform((ids) => [...new Set(ids)])
    .default([...briefDefaults.channels]),
  budget_usd: z
    .number('Write the budget in US dollars as a number, for example 4000.')
    .nonnegative('The budget cannot be negative.')
    .max(briefLimits.budgetUsdMax, `The budget may be at most ${briefLimits.budgetUsdMax} US dollars.`)
    .nullable()
    .default(null),
  deadline: day.nullable().default(null),
  approval: z.enum(['automatic', 'manual'], 'Write "automatic" or "manual".').default(briefDefaults.approval),
  questions: list('questions', briefLimits.questionsMax, line('the question', 500)),
  competitors: list('competitors', briefLimits.competitorsMax, line('the competitor', 200)),
  documents: list(
    'documents',
    briefLimits.documentsMax,
    z
      .string('Write the document as a path.')
      .min(1)
      .max(1_000)
      .refine(isRelativeInside, 'Name documents by a path inside the folder of the brief, without "..".'),
  ),
  language: z
    .string()
    .regex(/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/u, 'Write the language as a code such as "en" or "pt-BR".')
    .default(briefDefaults.language),
});

/** The fields of a brief in snake_case, with every default in its place. */
export interface BriefFields {
  name: string;
  product: string;
  positioning: string;
  personas: { name: string; role: string; pains: string[] }[];
  goals: string[];
  channels: PlatformId[];
  budget_usd: number | null;
  deadline: string | null;
  approval: 'automatic' | 'manual';
  questions: string[];
  competitors: string[];
  documents: string[];
  language: string;
}

// Aliases multiply; a brief needs none, and a few hundred of them are an attack.
const aliasesMax = 20;

const fieldNames = [
  'name',
  'product',
  'positioning',
  'personas',
  'goals',
  'channels',
  'budget_usd',
  'deadline',
  'approval',
  'questions',
  'competitors',
  'documents',
  'language',
];

function refuse(issues: readonly Issue[]): never {
  const lines = issues.map((issue) => `- ${issue.path === '' ? 'brief' : issue.path}: ${issue.message}`);
  throw new RaptorFlowError('invalid_input', `The brief cannot be used:\n${lines.join('\n')}`, {
    details: { issues },
  });
}

const fromFields = (fields: BriefFields): CampaignBrief =>
  Object.freeze({
    name: fields.name,
    product: fields.product,
    positioning: fields.positioning,
    personas: fields.personas,
    goals: fields.goals,
    channels: fields.channels,
    budgetUsd: fields.budget_usd,
    deadline: fields.deadline,
    approval: fields.approval,
    questions: fields.questions,
    competitors: fields.competitors,
    documents: fields.documents,
    language: fields.language,
  });

/** The snake_case form of a brief, for YAML, the wire and storage. */
export function briefToFields(brief: CampaignBrief): BriefFields {
  return {
    name: brief.name,
    product: brief.product,
    positioning: brief.positioning,
    personas: brief.personas.map((persona) => ({ ...persona, pains: [...persona.pains] })),
    goals: [...brief.goals],
    channels: [...brief.channels],
    budget_usd: brief.budgetUsd,
    deadline: brief.deadline,
    approval: brief.approval,
    questions: [...brief.questions],
    competitors: [...brief.competitors],
    documents: [...brief.documents],
    language: brief.language,
  };
}

/**
 * Checks a brief that was read already (a JSON body, a YAML tree). Throws `invalid_input` that lists every issue with
 * its path and what to do.
 */
export function checkBrief(value: unknown): CampaignBrief {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse([
      { path: '', message: `Write fields such as "product: …"; the fields are ${fieldNames.join(', ')}.` },
    ]);
  }
  const result = briefSchema.safeParse(value);
  if (result.success) return fromFields(result.data);
  return refuse(listBriefIssues(result.error));
}

/** The known field that a misspelt one most likely means: the same letters but for one or two. */
function nearestField(key: string): string | undefined {
  const letters = (name: string): string => name.toLowerCase().replaceAll(/[^a-z]/gu, '');
  const wanted = letters(key);
  return fieldNames.find((name) => {
    const known = letters(name);
    return (
      known.startsWith(wanted) || wanted.startsWith(known) || `${wanted}s` === known || wanted === `${known}s`
    );
  });
}

function listBriefIssues(error: z.ZodError): readonly Issue[] {
  return error.issues.flatMap((issue, index): readonly Issue[] => {
    const listed = listIssues(error)[index];
    if (issue.code !== 'unrecognized_keys') return listed === undefined ? [] : [listed];
    return issue.keys.map((key) => {
      const path = [listed?.path, key].filter(Boolean).join('.');
      const nearest = issue.path.length === 0 ? nearestField(key) : undefined;
      const known =
        issue.path.length === 0
          ? `The fields are ${fieldNames.join(', ')}.`
          : 'A persona has name, role and pains.';
      return {
        path,
        message:
          nearest === undefined
            ? `There is no such field. ${known}`
            : `There is no such field; write "${nearest}".`,
      };
    });
  });
}

/**
 * Reads a brief from YAML. Throws `malformed_input` with line and column when it is no YAML or larger than
 * `briefLimits.briefBytesMax`, and `invalid_input` like `checkBrief`.
 */
export function parseBrief(yaml: string): CampaignBrief {
  const bytes = Buffer.byteLength(yaml, 'utf8');
  if (bytes > briefLimits.briefBytesMax) {
    throw new RaptorFlowError(
      'malformed_input',
      `The brief has ${bytes} bytes; at most ${briefLimits.briefBytesMax} are read. Put long material into documents.`,
      { details: { bytes, limit: briefLimits.briefBytesMax } },
    );
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(yaml, { lineCounter, prettyErrors: false });
  const [first] = document.errors;
  if (first !== undefined) {
    const { line: row, col } = lineCounter.linePos(first.pos[0]);
    throw new RaptorFlowError(
      'malformed_input',
      `The brief is no valid YAML (line ${row}, column ${col}): ${first.message} Check the indentation and quote texts that contain ": ".`,
      { details: { line: row, column: col } },
    );
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: aliasesMax });
  } catch (cause) {
    throw new RaptorFlowError('malformed_input', 'The brief uses too many YAML aliases; write it out.', {
      cause,
    });
  }
  return checkBrief(value);
}

/** Where the page stands. */
export const errorsReferencePath = 'docs/reference/errors.md';

/** What the page needs to know of one code. */
export interface ErrorEntry {
  readonly kind: string;
  readonly retryable: boolean;
  readonly meaning: string;
  readonly remedy: string;
}

/** Code → entry. */
export type ErrorCatalogue = Readonly<Record<string, ErrorEntry>>;

/** The catalogue that a loaded module exports, or `null` when it exports none. */
export function errorCatalogueOf(module: unknown): ErrorCatalogue | null {
  if (typeof module !== 'object' || module === null || !('errorCatalogue' in module)) return null;
  return isErrorCatalogue(module.errorCatalogue) ? module.errorCatalogue : null;
}

/** The page, whole: one table for each kind, in alphabetical order, with the status that HTTP answers. */
export function renderErrorsReference(catalogue: ErrorCatalogue): string {
  const kinds = [...new Set(Object.values(catalogue).map((entry) => entry.kind))].sort();
  return [...introduction, ...kinds.flatMap((kind) => renderKind(kind, catalogue))].join('\n');
}

/** The status of each kind; only the platform's error handler uses these in the product. */
const statusOfKind: Readonly<Record<string, string>> = {
  invalid: '400',
  refused: '422',
  unauthenticated: '401',
  'budget-exceeded': '402',
  forbidden: '403',
  'not-found': '404',
  conflict: '409',
  exhausted: '429',
  cancelled: '499',
  corrupt: '500',
  internal: '500',
  unavailable: '503',
  timeout: '504',
};

const introduction: readonly string[] = [
  '# Errors',
  '',
  'Every failure is a `RaptorFlowError` with a `code`, a `kind`, `retryable`, `details` and a `cause`. Over HTTP it is',
  '`{ "error": { "code", "message", "details" }, "correlation_id" }`, with the status of its kind. Rely on the code: messages',
  'may change. `isRaptorFlowError(value, code)` recognises an error by its brand, also across two copies of the library.',
  '',
  'This page is written by `npm run reference` from `packages/raptorflow/src/kernel/error-catalogue.ts`; `npm run tidy`',
  'fails when the two differ.',
  '',
];

function renderKind(kind: string, catalogue: ErrorCatalogue): string[] {
  const codes = Object.keys(catalogue)
    .filter((code) => catalogue[code]?.kind === kind)
    .sort();
  const rows = codes.flatMap((code) => {
    const entry = catalogue[code];
    if (entry === undefined) return [];
    return [
      `| \`${code}\` | ${entry.retryable ? 'yes' : 'no'} | ${cell(entry.meaning)} | ${cell(entry.remedy)} |`,
    ];
  });
  return [
    `## ${kind} (HTTP ${statusOfKind[kind] ?? '500'})`,
    '',
    '| code | try again | what happened | what to do |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ];
}

function cell(text: string): string {
  return text
    .replaceAll('|', String.raw`\|`)
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function isErrorCatalogue(value: unknown): value is ErrorCatalogue {
  return (
    typeof value === 'object' && value !== null && Object.values(value).every((entry) => isErrorEntry(entry))
  );
}

function isErrorEntry(value: unknown): value is ErrorEntry {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    'retryable' in value &&
    typeof value.retryable === 'boolean' &&
    ['kind', 'meaning', 'remedy'].every(
      (key) => typeof Object.getOwnPropertyDescriptor(value, key)?.value === 'string',
    )
  );
}

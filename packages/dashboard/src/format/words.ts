/** Words for machine names. */

const fixed: Readonly<Record<string, string>> = {
  war_brief: 'War brief',
  dlq: 'Dead letters',
  linkedin: 'LinkedIn',
  llm_tokens: 'LLM tokens',
  x: 'X',
  youtube: 'YouTube',
  tiktok: 'TikTok',
  seo: 'SEO',
};

/** "awaiting_approval" → "Awaiting approval"; names with their own spelling keep it. */
export function humanize(name: string): string {
  const known = fixed[name];
  if (known !== undefined) return known;
  const words = name.replaceAll(/[_-]+/gu, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "must not be above it" → "Must not be above it." */
export function sentence(words: string): string {
  const begun = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?…]$/u.test(begun) ? begun : `${begun}.`;
}

/** The start of a text, cut at a word, with an ellipsis when something is left out. */
export function excerpt(text: string, lengthMax: number): string {
  const flat = text.replaceAll(/\s+/gu, ' ').trim();
  if (flat.length <= lengthMax) return flat;
  const cut = flat.slice(0, lengthMax);
  const space = cut.lastIndexOf(' ');
  return `${(space > lengthMax / 2 ? cut.slice(0, space) : cut).trimEnd()}…`;
}

/** The tail of an id that tells it from its neighbours: "run_01890a5d-…8057" → "run_…8057". */
export function shortId(id: string): string {
  const [prefix = '', rest] = id.split('_');
  if (rest === undefined || rest.length <= 10) return id;
  return `${prefix}_…${rest.slice(-6)}`;
}

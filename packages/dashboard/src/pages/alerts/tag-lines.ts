/** Tags and labels as a field holds them: one `name=value` a line. */

/** Names with values. */
export type Tags = Readonly<Record<string, string>>;

const nameForm = /^[a-zA-Z_][a-zA-Z0-9_]{0,99}$/u;

/** What the lines say, or what is wrong with the first line that says nothing. */
export function readTagLines(
  text: string,
):
  | { readonly tags: Record<string, string>; readonly problem: null }
  | { readonly tags: null; readonly problem: string } {
  const tags: Record<string, string> = {};
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '') continue;
    const cut = line.indexOf('=');
    const name = cut < 0 ? '' : line.slice(0, cut).trim();
    if (name === '') return refused(`Write “${line}” as name=value.`);
    if (!nameForm.test(name)) return refused(`“${name}” is no name: use letters, digits and _.`);
    if (name in tags) return refused(`“${name}” stands here twice.`);
    tags[name] = line.slice(cut + 1).trim();
  }
  return { tags, problem: null };
}

function refused(problem: string): { readonly tags: null; readonly problem: string } {
  return { tags: null, problem };
}

/** The lines of tags. */
export function tagLines(tags: Tags | undefined): string {
  return Object.entries(tags ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
}

/** Lines from the tags of an address, which stand in one line with commas. */
export function tagLinesOfAddress(text: string | undefined): string {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .join('\n');
}

/** Tags in one line, for titles and rows: "route=/a, method=GET"; empty without tags. */
export function tagWords(tags: Tags): string {
  return Object.entries(tags)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

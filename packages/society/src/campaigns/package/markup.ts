/** HTML that is safe to write: made only by `html`, which escapes every text put into it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Insertable = Markup | string | number | null | undefined | false | readonly Insertable[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text as HTML text or attribute value; control characters but tab and line break become the replacement character. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll(/[&<>"']/gu, (character) => entities[character] ?? character)
    .replaceAll(/\p{Cc}/gu, (character) => (/[\t\n\r]/u.test(character) ? character : '\ufffd'));
}

function insert(value: Insertable): string {
  if (value instanceof Markup) return value.text;
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return value.map(insert).join('');
}

/** Builds HTML; everything inserted is escaped unless it is `Markup` itself. */
export function html(parts: TemplateStringsArray, ...values: readonly Insertable[]): Markup {
  let text = parts[0] ?? '';
  for (const [index, value] of values.entries()) text += insert(value) + (parts[index + 1] ?? '');
  return new Markup(text);
}

/** Puts pieces together with nothing between them, for elements in which white space is shown. */
export function join(pieces: readonly Markup[]): Markup {
  return new Markup(pieces.map((piece) => piece.text).join(''));
}

/** A text as Markdown text on one line: nothing in it can become a heading, a link, a tag or a table cell. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/[\\`*_[\]|~]/gu, String.raw`\$&`)
    .replaceAll('<', '&lt;')
    .replace(/^(\s*)(#{1,6}\s|[-+]\s|>|\d+[.)]\s)/u, String.raw`$1\$2`)
    .trim();
}

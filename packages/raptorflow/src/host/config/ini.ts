/** A `key = value` of an INI file. */
export interface IniEntry {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  /** Counted from 1. */
  readonly line: number;
}

/** A line that cannot be read, and why. */
export interface IniFault {
  readonly line: number;
  readonly message: string;
}

/** What a text holds. */
export interface IniDocument {
  readonly entries: readonly IniEntry[];
  /** Sections with the lines that begin them, also those without entries. */
  readonly sections: readonly { readonly name: string; readonly line: number }[];
  readonly faults: readonly IniFault[];
}

/**
 * Reads an INI text: sections in brackets, `key = value` or `key: value`, and comments on lines of their own that begin with `#` or `;`. Names are lower
 * case whatever is written; what stands behind the sign, `#` and `;` included, is the value. Never throws.
 */
export function parseIni(text: string): IniDocument {
  const entries: IniEntry[] = [];
  const sections: { name: string; line: number }[] = [];
  const faults: IniFault[] = [];
  let section: string | undefined;
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = index + 1;
    const content = raw.trim();
    if (content === '' || /^[#;]/.test(content)) continue;
    const [, name] = /^\[([^\]]*)\]$/.exec(content) ?? [];
    if (name !== undefined) {
      section = name.trim().toLowerCase();
      sections.push({ name: section, line });
      continue;
    }
    const [, key, value] = /^([^=:]*?)\s*[=:]\s*(.*)$/.exec(content) ?? [];
    if (key === undefined || value === undefined || key === '') {
      faults.push({ line, message: `"${content.slice(0, 80)}" is neither a [section] nor a key = value` });
    } else if (section === undefined) {
      faults.push({ line, message: `${key} stands before the first [section]` });
    } else {
      entries.push({ section, key: key.toLowerCase(), value, line });
    }
  }
  return { entries, sections, faults };
}

import type { MappedText, Span } from './mapped-text.ts';

/** One cell of a table or CSV row. */
export interface Cell extends Span {
  /** Text of the column's header, empty when the table has none. */
  header: string;
  text: string;
}

/** Who speaks, as the document says. */
export interface Attribution {
  speaker?: string;
  role?: string;
}

/** A piece of a document between two breaks. */
export type DocumentBlock =
  | { kind: 'heading'; level: number; content: MappedText }
  | { kind: 'paragraph'; content: MappedText }
  | { kind: 'bullet'; depth: number; content: MappedText }
  | { kind: 'quote'; content: MappedText; attribution?: Attribution }
  | { kind: 'speech'; content: MappedText; attribution: Attribution }
  | { kind: 'row'; table: number; cells: Cell[]; span: Span; header?: Span & { text: string } }
  | { kind: 'rule' };

/** "— Maria K., CTO, Acme": the person and what follows; undefined when it is no attribution. */
export function readAttribution(line: string): Attribution | undefined {
  const match = /^(?:—|–|--|―|~)\s*(\S.{0,200})$/u.exec(line.trim());
  if (match?.[1] === undefined) return undefined;
  return splitPerson(match[1]);
}

/** Splits "Name, role, company" at its first comma (or bracket). */
export function splitPerson(text: string): Attribution {
  const at = text.search(/[,(;|]/u);
  const speaker = (at < 0 ? text : text.slice(0, at)).trim();
  const role =
    at < 0
      ? ''
      : text
          .slice(at)
          .replace(/^[,(;|\s]+/u, '')
          .replace(/\)\s*$/u, '')
          .trim();
  return { ...(speaker === '' ? {} : { speaker }), ...(role === '' ? {} : { role }) };
}

/** Writes a row for people: "Plan: Team; Price: $12"; a property table becomes "Weight: 2.9 kg". */
export function rowText(cells: readonly Cell[]): string {
  const filled = cells.filter((cell) => cell.text !== '');
  const [first, second] = filled;
  const plainValue =
    second !== undefined && /^(?:values?|share|amount|result|figure|answer|number)?$/iu.test(second.header);
  const parts = filled.map((cell) => {
    const header = cell.header.replaceAll('_', ' ');
    return header === '' ? cell.text : `${header}: ${cell.text}`;
  });
  if (first !== undefined && second !== undefined && plainValue) {
    return [`${first.text}: ${second.text}`, ...parts.slice(2)].join('; ');
  }
  return parts.join('; ');
}

import type { BriefSentence } from '../war-brief.ts';
import { escapeMarkdown as text } from './markup.ts';
import { speakerName } from './wording.ts';

/** Lines of a Markdown text. */
export type Lines = readonly string[];

/** References to quotes. */
export const cite = (ids: readonly string[]): string =>
  ids.map((id) => ` [\\[${id.slice(1)}\\]](#${id})`).join('');
/** A text inside a table cell. */
export const cell = (value: string): string => text(value);
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
/** A table; nothing without rows. */
export const table = (heads: readonly string[], rows: readonly (readonly string[])[]): Lines =>
  rows.length === 0 ? [] : [row(heads), row(heads.map(() => '---')), ...rows.map(row), ''];
/** A titled part; nothing without lines. */
export const part = (title: string, lines: Lines): Lines =>
  lines.length === 0 ? [] : [`### ${title}`, '', ...lines, ''];

/** A sentence as a list item with its references. */
export function sentence(item: BriefSentence, about: string): string {
  const subject = item.subject !== null && item.subject !== about ? `*${text(item.subject)}:* ` : '';
  const disputed = item.standing === 'disputed' ? ' **(disputed)**' : '';
  if (item.speaker === null) return `- ${subject}${text(item.text)}${cite(item.citations)}${disputed}`;
  return `- ${subject}“${text(item.text)}” — ${text(speakerName(item.speaker))}${cite(item.citations)}${disputed}`;
}

/** Sentences as a list. */
export const list = (items: readonly BriefSentence[], about: string): Lines =>
  items.map((item) => sentence(item, about));

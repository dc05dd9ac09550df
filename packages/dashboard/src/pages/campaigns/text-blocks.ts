/** An asset's text as blocks: the Markdown that channels take (headings, quotes, lists), everything else as it is written. */

/** One block. Keys are unique within the text. */
export interface TextBlock {
  readonly key: string;
  readonly kind: 'heading' | 'quote' | 'item' | 'plain';
  readonly text: string;
}

// A hashtag has no space behind its sign, so it stays plain.
const marks = [
  ['heading', /^#{1,6} +/],
  ['quote', /^> ?/],
  ['item', /^[-*] +/],
] as const;

/** Splits at empty lines; neighbours of the same kind stay lines of one block, but for headings and items. */
export function textBlocksOf(text: string): readonly TextBlock[] {
  const blocks: { key: string; kind: TextBlock['kind']; text: string }[] = [];
  let joins = false;
  for (const line of text.split('\n')) {
    if (line.trim() === '') {
      joins = false;
      continue;
    }
    const [kind, mark] = marks.find(([, pattern]) => pattern.test(line)) ?? (['plain', /^/] as const);
    const content = line.replace(mark, '');
    const last = blocks.at(-1);
    if (joins && last?.kind === kind && kind !== 'heading' && kind !== 'item') last.text += `\n${content}`;
    else blocks.push({ key: `block-${blocks.length}`, kind, text: content });
    joins = true;
  }
  return blocks;
}

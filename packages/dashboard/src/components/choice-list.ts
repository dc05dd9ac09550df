/** The list below a searchable field: what of it is offered, and where the arrow keys lead. */

/** Something that can be chosen. */
export interface Choice {
  readonly value: string;
  /** Says more about it; it is searched, too. */
  readonly detail?: string;
}

/** Choices whose value or detail holds every word; all of them for a text that is one of them already. */
export function choicesFor(choices: readonly Choice[], text: string, max: number): readonly Choice[] {
  const words = text.toLowerCase().split(/\s+/u).filter(Boolean);
  if (choices.some(({ value }) => value === text.trim())) return choices.slice(0, max);
  return choices
    .filter(({ value, detail = '' }) => {
      const line = `${value} ${detail}`.toLowerCase();
      return words.every((word) => line.includes(word));
    })
    .slice(0, max);
}

/** The place that a key leads to in a list of `count`, round its ends; null when the key does not move. */
export function placeAfter(key: string, place: number, count: number): number | null {
  if (count === 0) return null;
  if (key === 'ArrowDown') return (place + 1) % count;
  if (key === 'ArrowUp') return place <= 0 ? count - 1 : place - 1;
  return null;
}

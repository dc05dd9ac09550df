/*
 * Events of one workspace live in one partition, so that its keys share a slot of a cluster and its lanes keep their order. Which one, stands
 * in the last two digits of the ids that we make, so that an event is found by its id without asking everywhere.
 */

/** Values of the two digits. */
const tagValues = 256;

/** A number below 256 for a workspace, or for the channel where that decides (FNV-1a over UTF-16 code units). */
export function tagOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) {
    hash ^= name.charCodeAt(at);
    hash = Math.imul(hash, 0x01000193);
  }
  return ((hash >>> 24) ^ (hash >>> 16) ^ (hash >>> 8) ^ hash) & (tagValues - 1);
}

const tags: readonly string[] = Array.from({ length: tagValues }, (_, tag) =>
  tag.toString(16).padStart(2, '0'),
);

/** The id with its last two digits saying where it lives. */
export function tagId(id: string, tag: number): string {
  return `${id.slice(0, -2)}${tags[tag & (tagValues - 1)] ?? '00'}`;
}

/** What the id says, if it was made by us; otherwise any number. */
export function tagIn(id: string): number {
  const tag = Number.parseInt(id.slice(-2), 16);
  return Number.isNaN(tag) ? 0 : tag;
}

import type { Attribution } from './blocks.ts';

const saying =
  '(?:says|said|adds|added|explains|explained|recalls|recalled|remembers|writes|wrote|reports|reported|notes|noted|told us)';
const first = String.raw`\p{Lu}[\p{L}.'’-]*\p{L}`;
const more = String.raw`(?: (?:(?:van|von|de|da|der|la|le|al|bin) )?(?:\p{Lu}\.|${first}))`;
const role = String.raw`((?:\p{L}[\p{L}-]* ){0,4}?)`;

/** Behind speech: ‘…,” says owner Sofia Ricci.’ */
const behind = new RegExp(
  String.raw`^["”“]?,? ${saying} ${role}(${first}${more}{0,3})(?:, ([^.;:"“”]{3,60}))?(?=[.,;:]|$| (?:of|from|in|at) )`,
  'u',
);
/** Before speech: ‘Professor Ilse Tanner, who led the study, says: “…’, ‘Finance director Gordon Pryce: “…’ */
const before = [
  new RegExp(String.raw`^${role}(${first}${more}{0,3})(?:, ([^.;:"“”]{3,80}),)? ${saying}[:,] ?["“„]$`, 'u'),
  new RegExp(String.raw`^${role}(${first}${more}{1,3})(?:, ([^.;:"“”]{3,80}))?: ?["“„]$`, 'u'),
];
/** Words with a capital that open a sentence. */
const noName =
  /^(?:The|This|That|It|He|She|They|We|You|And|But|So|One|Another|Some(?:one|body)|Nobody|Their|Our|Its|His|Her|In|On|At|For|From)\b/u;
const lookedAt = 200;

/** Who speaks a passage in quotation marks, by the words around it; undefined when they name nobody. */
export function attributionAround(text: string, start: number, end: number): Attribution | undefined {
  const front = text.slice(Math.max(0, start - lookedAt), start);
  const opening = front.slice(Math.max(0, front.search(/[^.!?]*["“„]$/u))).trimStart();
  const candidates = [
    behind.exec(text.slice(end, end + lookedAt)),
    ...before.map((form) => form.exec(opening)),
  ];
  const found = candidates.find((match) => match !== null && !noName.test(match[2] ?? ''));
  if (found?.[2] === undefined) return undefined;
  const title = (found[1] ?? '').replace(/^(?:the|its|their|our|an?) /iu, '').trim();
  const said = title === '' ? (found[3] ?? '').replace(/^(?:who|which) .*$/u, '') : title;
  return { speaker: found[2], ...(said === '' ? {} : { role: said }) };
}

/** What stands in the place of a secret. */
const mask = '[masked]';

/*
 * Two steps, because nearly all lines hold no secret and every line is looked at. The first goes over the bytes of many lines at once and
 * only asks whether any three neighbouring letters belong to a word that a secret needs. The second, on the few lines that are left, finds
 * the secrets themselves.
 */

// Every pattern below needs one of these; of each word the three letters that are rare elsewhere.
const triples: readonly string[] = [
  // key, token, secret, password, passwd, passphrase, pwd, credential, authorization, cookie
  'key oke cre ssw pwd phr uth oki',
  // bearer, basic, user:password@, ?code=
  'bea asi :// de=',
  // Shapes: eyJ…, sk-, rk-, pk-, rf_, gh?_, github_pat_, AKIA, ASIA, AIza, xox?-, whsec_, ya29., npm_, glpat-, hf_, sbp_, hooks.slack.com
  'eyj sk- rk- pk- rf_ hp_ ho_ hu_ hs_ hr_ ub_ kia sia aiz xox hse a29 pm_ lpa hf_ bp_ k.c',
  // -----BEGIN … PRIVATE KEY-----
  '---',
].flatMap((words) => words.split(' '));

// For each pair of letters the bits of those that make a triple with it. Five bits of a letter are the same for both cases; what else
// has them only makes the second step look.
const thirds = new Int32Array(1 << 10);
for (const triple of triples) {
  const pair = ((triple.charCodeAt(0) & 31) << 5) | (triple.charCodeAt(1) & 31);
  thirds[pair] = (thirds[pair] ?? 0) | (1 << (triple.charCodeAt(2) & 31));
}

/** So many bytes are looked at by one call: the compiler sees a function that is called often, not a loop that never ends. */
const stretchBytes = 1_024;

/** Whether there may be a secret in bytes of UTF-8: never false when there is one that `maskSecrets` knows. */
export function maySecretsBeIn(bytes: Uint8Array): boolean {
  for (let start = 0; start < bytes.length; start += stretchBytes) {
    // A triple may begin in one stretch and end in the next.
    if (isTripleIn(bytes, start, Math.min(start + stretchBytes + 2, bytes.length))) return true;
  }
  return false;
}

function isTripleIn(bytes: Uint8Array, start: number, end: number): boolean {
  let pair = 0;
  for (let at = start; at < end; at += 1) {
    const letter = bytes[at] as number;
    // Shifts count the last five bits only.
    if ((((thirds[pair] as number) >>> letter) & 1) === 1) return true;
    pair = ((pair << 5) | (letter & 31)) & 0x3ff;
  }
  return false;
}

/** The same for a text. */
function maySecretsBeInText(text: string): boolean {
  let pair = 0;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charCodeAt(at);
    if ((((thirds[pair] as number) >>> letter) & 1) === 1) return true;
    pair = ((pair << 5) | (letter & 31)) & 0x3ff;
  }
  return false;
}

const headers = '(?:proxy-)?authorization|(?:set-)?cookie';
const keys =
  `${headers}|(?:api|secret|private|access|service|signing|encryption|master|auth|account)[-_ .]?key|` +
  'token|secret|password|passwd|passphrase|pwd|credentials?';
const separator = String.raw`["'\]]{0,2}[ \t]{0,4}(?:=>|[:=](?!>))[ \t]{0,4}\[?`;

/** Shapes that are secrets wherever they stand. */
const shapes = [
  String.raw`eyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]*)?`,
  String.raw`(?:sk|rk|pk)-[\w-]{16,}`,
  String.raw`rf_[\w-]{8,}`,
  String.raw`gh[opurs]_\w{20,}`,
  String.raw`github_pat_\w{20,}`,
  String.raw`A[KS]IA[A-Z0-9]{16}`,
  String.raw`AIza[\w-]{30,}`,
  String.raw`xox[a-z]-[\w-]{10,}`,
  String.raw`whsec_[\w+/=-]{16,}`,
  String.raw`ya29\.[\w-]{10,}`,
  String.raw`(?:npm|hf|sbp)_\w{20,}`,
  String.raw`glpat-[\w-]{16,}`,
].join('|');

/** In the order in which they are applied: what covers more comes first. */
const replacements: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[^]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g, mask],
  // Behind a name: in quotation marks, in marks that are escaped (JSON inside JSON), or without.
  [new RegExp(String.raw`((?:${keys})${separator})(["'])(?:\\.|(?!\2)[^\\\n])+`, 'gi'), `$1$2${mask}`],
  [new RegExp(String.raw`((?:${keys})\\+["']\s?[:=]\s?)(\\+["'])(?:(?!\2)[^\n])+`, 'gi'), `$1$2${mask}`],
  // Headers hold several words.
  [
    new RegExp(
      String.raw`((?:${headers})[ \t]{0,4}[:=][ \t]{0,4})(?!\[?["']|[ \t]{0,4}(?:Bearer )?<[a-z_-]+>)[^\n"']+`,
      'gi',
    ),
    `$1${mask}`,
  ],
  [
    new RegExp(
      String.raw`((?:${keys})${separator})(?!\\*["']|\[?masked\]|[ \t]{0,4}(?:Bearer )?<[a-z_-]+>)[^\s"'&,;]+`,
      'gi',
    ),
    `$1${mask}`,
  ],
  [/\b(bearer[ \t.]{1,4})[\w.~+/=-]{8,}/gi, `$1${mask}`],
  // Words follow "basic", too; what is base64 of a name and a password has a capital letter or a digit.
  [/\b([Bb]asic[ \t]{1,4})(?=[a-z+/]*[A-Z0-9=])[\w+/=-]{8,}/g, `$1${mask}`],
  [/(:\/\/[^\s:@/"'<>]{0,256}:)[^\s/"'<>]{1,1024}@/g, `$1${mask}@`],
  [/(hooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/+-]+/g, `$1${mask}`],
  [/([?&]code=)[^\s&"'<>]{8,}/g, `$1${mask}`],
  [new RegExp(String.raw`(?<![A-Za-z0-9])(?:${shapes})`, 'g'), mask],
];

/**
 * A text without the secrets that it shows: values of authorization headers, cookies, bearer and basic credentials, passwords in addresses,
 * values behind names such as `api_key`, `token`, `password` or `client_secret`, private keys, and what has the shape of a token (JWT, `sk-…`,
 * `rf_…`, those of GitHub, GitLab, npm, Slack, AWS, Google). The same text when there are none. It knows shapes and names, not meanings:
 * a password in the middle of a sentence stays.
 */
export function maskSecrets(text: string): string {
  if (!maySecretsBeInText(text)) return text;
  let masked = text;
  for (const [pattern, replacement] of replacements) masked = masked.replace(pattern, replacement);
  return masked;
}

/** Deeper than this nothing is looked at, and what stands there is masked whole. */
const depthMax = 64;
const secretName = new RegExp(`(?:^|[^a-z])(?:${keys})s?$`, 'i');
const secretCamelName = /(?:Token|Secret|Password|Passphrase|Key)$/;
const plainName = /^(?:idempotency|correlation|partition|ordering|primary|public)[-_ ]?key$/i;

/**
 * A value as JSON knows it, with every text masked by {@link maskSecrets}, and what stands behind a secret's name replaced whole: numbers, truth
 * values and null are no secrets. Errors become their name, code and message. The value itself is left alone.
 */
export function maskSecretsIn(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return maskSecrets(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (depth >= depthMax) return mask;
  if (Array.isArray(value)) return value.map((each) => maskSecretsIn(each, depth + 1));
  if (value instanceof Error) {
    const { name, message } = value;
    return { name, ...('code' in value ? { code: value.code } : {}), message: maskSecrets(message) };
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      maskSecrets(name),
      mayHoldSecret(each) && isSecretName(name) ? mask : maskSecretsIn(each, depth + 1),
    ]),
  );
}

function mayHoldSecret(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || (typeof value === 'object' && value !== null);
}

function isSecretName(name: string): boolean {
  return (secretName.test(name) || secretCamelName.test(name)) && !plainName.test(name);
}

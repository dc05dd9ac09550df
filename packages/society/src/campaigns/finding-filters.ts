import type { PlatformId } from '../guardians/index.ts';
import type { Finding } from '../guilds/research/index.ts';
import { isTableRow } from './brief-composer.ts';

/**
 * What a finding may be told as. Searching finds passages by their words; these filters keep a part of the brief to
 * sentences that say what the part is about.
 */

/** Whether somebody said it. */
export const isVoice = (finding: Finding): boolean => finding.speaker !== null;

/** A sentence of a document: neither something somebody said nor a row of a table. */
export const isProse = (finding: Finding): boolean => !isVoice(finding) && !isTableRow(finding.statement);

const says =
  (pattern: RegExp) =>
  (finding: Finding): boolean =>
    pattern.test(finding.statement);

/** What something cost its maker is no price. */
const expense = /\bcosts? (?:us|\p{Lu}\p{L}+) (?:[$€£]|\d)/u;

/** Speaks of money. */
export const isPrice: (finding: Finding) => boolean = (finding) =>
  !expense.test(finding.statement) &&
  /[$€£¥]|\b(?:free|prices?|costs?|fees?|dollars?|euros?|pounds?|discount|instal+ments?|refunded|VAT)\b/iu.test(
    finding.statement,
  );

const limit =
  /^no\b|\b(?:is|are|was|were|does|do|can|may|will|has)\s?not\b|\bcannot\b|\bplanned for\b|\bnot (?:as|yet|available|supported|included)\b|\binstead\b/iu;

/** Whether a sentence names something that is not there, or not possible. */
export function tellsLimit(text: string): boolean {
  return limit.test(text);
}

/** Offers something: a trial, a condition, something included. */
export const isOffer: (finding: Finding) => boolean = (finding) =>
  /\b(?:trial|tried|tries|try|free|included?s?|credited|refund\w*|cancel\w*|available|option|import\w*|export\w*|invite|discount|saves?|contract|minimum|warranty|guarantee|promises?|support|plan|edition|fixed for)\b/iu.test(
    finding.statement,
  ) &&
  !expense.test(finding.statement) &&
  !/\b(?:was|were|did|had|fell|came|counted|repaired|before the)\b/iu.test(finding.statement);

/** Tells how a study was made rather than what it showed. */
export const isMethod: (finding: Finding) => boolean = says(
  /^(?:online survey|asked (?:for|whether|what|how)|the (?:test|answers?|trial|survey|study|interviews?)\b(?! (?:showed|found))|made by|five calls|every \w+ was (?:scanned|counted))|\b(?:weighted by|margin of error|did not include|were counted|percentage points)\b/iu,
);

/** Names something that is not there, or not possible. */
export const isLimit: (finding: Finding) => boolean = says(limit);

const trouble =
  /\b(?:waste|dirty|wait\w*|hard to|late|slow|charged|noisy|unclear|damaged|missing|only \d+|complain\w*|noise|false alarms?|was down|were down|missed|deleted|lost|increases?|unless|fear\w*|recall\w*|defect\w*|broke\w*|fail\w*)\b/iu;

/** Tells of trouble, and not of its end. */
export function tellsTrouble(text: string): boolean {
  return trouble.test(text) && !/\b(?:fell|fewer|less|reduced|no longer|none)\b/iu.test(text);
}

/** Tells of trouble; no strength then. */
export const isTrouble: (finding: Finding) => boolean = says(trouble);

/** Speaks of people who buy, use or decide. */
export const isAboutPeople: (finding: Finding) => boolean = says(
  /\b(?:customers?|users?|buyers?|compan(?:y|ies)|respondents?|administrators?|installations?|members?|subscribers?|households?|people|population|employees|teams?|agenc(?:y|ies)|cities|towns|clinics?|shops?|riders?|owners?|dealers?|famil(?:y|ies)|couriers?)\b/iu,
);

/** Names a moment. */
export const isMoment: (finding: Finding) => boolean = says(
  /\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b|\b20\d\d\b|\b(?:quarter|season|spring|summer|autumn|winter|soon|deadline|expires?|until)\b/iu,
);

/** Speaks of communication with an audience. */
export const isCommunication: (finding: Finding) => boolean = says(
  /\b(?:newsletters?|subscribers?|open rate|readers?|followers?|search|advert\w*|ads?|posts?|articles?|campaigns?|clicks?|videos?|webinars?|podcasts?|fairs?|flyers?|conversion|linkedin|reddit|twitter|instagram|facebook|youtube|tiktok|pinterest|blog)\b/iu,
);

/** Belongs to one of the topics. */
export const onTopic =
  (...topics: readonly string[]) =>
  (finding: Finding): boolean =>
    topics.includes(finding.topic);

/** Topics whose sentences promise something of the product. */
export const isPromiseTopic = (finding: Finding): boolean =>
  /^(?:product\/(?:value|what|proof)|offer\/|usability\/easy|persona\/|.+\/pricing$)/u.test(finding.topic);

/** Topics whose sentences can answer an objection. */
export const isAnswerTopic = (finding: Finding): boolean =>
  /^(?:product\/(?:value|proof|what)|offer\/|usability\/easy)/u.test(finding.topic);

const channelWords: Readonly<Record<PlatformId, RegExp>> = {
  x: /\bX\b|\btwitter\b|\btweets?\b/u,
  linkedin: /\blinkedin\b/iu,
  instagram: /\binstagram\b/iu,
  facebook: /\bfacebook\b/iu,
  youtube: /\byoutube\b|\bvideos?\b/iu,
  tiktok: /\btiktok\b/iu,
  pinterest: /\bpinterest\b/iu,
  medium: /\bMedium\b/u,
  reddit: /\breddit\b/iu,
  threads: /\bThreads\b/u,
  email: /\be-?mails?\b|\bnewsletters?\b|\bopen rate\b/iu,
  blog: /\bblogs?\b|\barticles?\b|\bsearch engines?\b/iu,
  landing_page: /\blanding pages?\b|\bwebsite\b|\bhome ?page\b|\bpaid search\b/iu,
};

/** Whether a finding names a channel. */
export function namesChannel(finding: Finding, channel: PlatformId): boolean {
  return channelWords[channel].test(finding.statement);
}

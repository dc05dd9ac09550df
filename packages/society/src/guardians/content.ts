/** Where a piece of work is meant to appear. */
export type PlatformId =
  | 'x'
  | 'linkedin'
  | 'instagram'
  | 'facebook'
  | 'youtube'
  | 'tiktok'
  | 'pinterest'
  | 'medium'
  | 'reddit'
  | 'threads'
  | 'email'
  | 'blog'
  | 'landing_page';

/** The texts of a piece of work that a platform limits by length. */
export type TextField = 'text' | 'title' | 'description' | 'subject' | 'preheader';

/** What a platform limits by number. */
export type CountedField = 'tags' | 'hashtags' | 'mentions' | 'links';

/** Any of them. */
export type ContentField = TextField | CountedField;

/** Width and height of a picture or video, in pixels. */
export interface PictureSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** A piece of work as the guardians see it. Offsets in findings are UTF-16 indexes into the named field. */
export interface ContentUnderReview {
  readonly platform: PlatformId;
  /** The body, caption or post. */
  readonly text: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly subject?: string | undefined;
  readonly preheader?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly picture?: PictureSize | undefined;
  readonly canonicalUrl?: string | undefined;
  /** The licence under which music in it may be used commercially. */
  readonly musicLicence?: string | undefined;
  /** The account may write long posts (X Premium). */
  readonly premium?: boolean | undefined;
  /** The words of the sources that this work cites. A number or superlative found in none of them has no proof. */
  readonly evidence: readonly string[];
  /** Names of competitors; naming one in public is worth a warning. */
  readonly competitors?: readonly string[] | undefined;
  /** BCP 47; readability is only measured for English. */
  readonly language?: string | undefined;
}

/** What is wrong, where, and how bad it is. */
export interface RuleFinding {
  /** snake_case name of the rule, stable. */
  readonly rule: string;
  /** `rejection` must be repaired before publishing; `warning` may be accepted by a person or by the brief. */
  readonly severity: 'warning' | 'rejection';
  /** One sentence for the author: what, how much, what to do. */
  readonly message: string;
  readonly field: ContentField;
  readonly span?: { readonly start: number; readonly end: number } | undefined;
}

/** The guardians' verdict. */
export type Verdict = 'PASSED' | 'WARNING' | 'REJECTED';

/** A measured length beside its limits, for people. */
export interface Measure {
  readonly rule: string;
  readonly field: ContentField;
  readonly value: number;
  readonly unit: LimitUnit;
  readonly soft?: number | undefined;
  readonly hard?: number | undefined;
}

/** What the guardians say about one piece of work. */
export interface Review {
  readonly platform: PlatformId;
  /** Code of the agent that speaks: `GRD-TW`, or `LORD-006` where no guardian is appointed. */
  readonly guardian: string;
  readonly verdict: Verdict;
  readonly findings: readonly RuleFinding[];
  readonly measures: readonly Measure[];
}

/**
 * How a length is counted. Where a platform only says "characters", UTF-16 units are counted: the strictest reading, so
 * a text that passes is never cut.
 */
export type LimitUnit = 'x_weighted' | 'threads_weighted' | 'utf16' | 'utf8_bytes' | 'graphemes' | 'items';

interface LimitFacts {
  readonly platform: PlatformId;
  readonly rule: string;
  /** Above it a warning: the text is cut in previews or works less well. */
  readonly soft?: number | undefined;
  /** Above it a rejection. */
  readonly hard?: number | undefined;
  readonly note: string;
  /** The public page that states it, or our own rule. */
  readonly source: { readonly title: string; readonly url: string | null };
  /** ISO day on which the page was last read. */
  readonly checkedOn: string;
}

/** One limit of one platform with the page that states it: a length of a text, or a number of things. */
export type PlatformLimit = LimitFacts &
  (
    | { readonly field: TextField; readonly unit: Exclude<LimitUnit, 'items'> }
    | { readonly field: CountedField; readonly unit: 'items' }
  );

/** The rules of one platform. */
export interface PlatformRules {
  readonly platform: PlatformId;
  readonly name: string;
  readonly guardian: string;
  readonly limits: readonly PlatformLimit[];
  /** Whether a post without an action asked of the reader is worth a warning here. */
  readonly wantsCallToAction: boolean;
  /** Rules that are no plain limits. */
  readonly inspect: (content: ContentUnderReview) => readonly RuleFinding[];
}

import type { PlatformRules, RuleFinding } from '../content.ts';

// https://developers.google.com/youtube/v3/docs/videos, read on 2026-11-21: tags are joined by commas and a tag with a
// space counts two more for its quotation marks.
const tagCharactersMax = 500;

const tagCharacters = (tags: readonly string[]): number =>
  tags.reduce((sum, tag) => sum + tag.length + (tag.includes(' ') ? 2 : 0), Math.max(0, tags.length - 1));

/** YouTube videos: title, description and tags. */
export const youtubeRules: PlatformRules = {
  platform: 'youtube',
  name: 'YouTube',
  guardian: 'GRD-YT',
  wantsCallToAction: true,
  limits: [
    {
      platform: 'youtube',
      rule: 'title_length',
      field: 'title',
      unit: 'utf16',
      soft: 70,
      hard: 100,
      note: 'Video title; the soft limit is ours, because results cut it.',
      source: {
        title: 'YouTube Data API: Videos',
        url: 'https://developers.google.com/youtube/v3/docs/videos',
      },
      checkedOn: '2026-11-21',
    },
    {
      platform: 'youtube',
      rule: 'description_length',
      field: 'text',
      unit: 'utf8_bytes',
      hard: 5_000,
      note: 'Video description, in bytes.',
      source: {
        title: 'YouTube Data API: Videos',
        url: 'https://developers.google.com/youtube/v3/docs/videos',
      },
      checkedOn: '2026-11-21',
    },
  ],
  inspect: (content) => {
    const findings: RuleFinding[] = [];
    if (content.title === undefined || content.title.trim() === '') {
      findings.push({
        rule: 'title_missing',
        severity: 'rejection',
        message: 'A video needs a title.',
        field: 'title',
      });
    }
    for (const [field, value] of [
      ['title', content.title ?? ''],
      ['text', content.text],
    ] as const) {
      const at = value.search(/[<>]/u);
      if (at >= 0) {
        findings.push({
          rule: 'angle_brackets',
          severity: 'rejection',
          message: 'YouTube refuses “<” and “>”; remove them.',
          field,
          span: { start: at, end: at + 1 },
        });
      }
    }
    const characters = tagCharacters(content.tags ?? []);
    if (characters > tagCharactersMax) {
      findings.push({
        rule: 'tags_length',
        severity: 'rejection',
        message: `The tags have ${characters} characters together; at most ${tagCharactersMax}.`,
        field: 'tags',
      });
    }
    return findings;
  },
};

/** What each stage of a campaign is called, and who leads it. */

/** Names of the stages. */
export const campaignStageWords: Readonly<Record<string, string>> = {
  research: 'Research',
  war_brief: 'War brief',
  quest: 'Plan',
  assets: 'Assets',
  guardians: 'Guardians',
  approval: 'Approval',
  package: 'Package',
};

/** What happens in each stage, in one line. */
export const campaignStageNotes: Readonly<Record<string, string>> = {
  research: 'Research agents read the documents in parallel.',
  war_brief: 'Cognition writes the war brief; every claim has its source.',
  quest: 'Strategos plans chapters, moves and budget.',
  assets: 'Muse drafts and debates the assets.',
  guardians: 'Guardians check every asset against the rules of its platform.',
  approval: 'The assets are approved, by a person or by the brief.',
  package: 'Herald packs brief, plan and assets as Markdown and HTML.',
};

/** Everyday words that carry no topic; kept short, because "not", "free" or "new" do carry one. */
export const stopWords: ReadonlySet<string> = new Set(
  (
    'a an the this that these those it its he she they them their his her our ours your yours my mine me we us you i is am are was were ' +
    'be been being do does did doing done has have had having will would shall should can could may might must and or but if then ' +
    'than as at by for from in into of on onto to with within up down out over under about above below between through during before after ' +
    'again further once here there when where which while who whom whose why how all any both each few more most other some such only own ' +
    'same so too very just also much many what let make makes made get gets got one ones per via yet still even ever s t re ve ll d m ' +
    'itself themselves himself herself ourselves myself because until since although though whether either neither upon among against toward towards across along around every another'
  ).split(' '),
);

/** Words of questions that say what is asked for, not about what. */
export const questionWords: ReadonlySet<string> = new Set(
  (
    'what which who whom whose when where why how much many long often far old big tell give name list say mean come kind type sort ' +
    'currently quickly soon today now really exactly please there any possible happen need take takes use uses used using'
  ).split(' '),
);

/** Groups of words that mean nearly the same in business English; a query for one also finds the others, at less weight. */
const groups: readonly string[] = [
  'price cost fee charge tariff pricing expensive cheap pay expense spend bill',
  'free gratis',
  'discount saving save rebate',
  'avoid prevent reduce reduction save less fewer fall cut',
  'install installation setup deploy deployment download onboarding',
  'return refund back',
  'minimum least smallest min',
  'maximum most largest limit max cap',
  'delete remove erase',
  'keep store retain retention hold host',
  'customer client user buyer shopper',
  'employee staff worker headcount workforce',
  'raise increase rise hike',
  'lose lost missing',
  'company firm business vendor organisation organization',
  'competitor rival alternative',
  'support help service assistance',
  'fast quick speed rapid',
  'slow sluggish delay wait',
  'problem issue trouble complaint complain pain annoy frustrate frustration dislike',
  'wish want request miss lack need',
  'praise love like great excellent recommend',
  'guarantee promise sla warranty',
  'contract term agreement subscription',
  'cancel cancellation terminate',
  'trial try test pilot evaluation',
  'ship shipping deliver delivery dispatch',
  'found start establish begin launch',
  'release publish launch version',
  'security secure safe safety audit',
  'privacy gdpr',
  'sso single-sign-on oidc saml login',
  'language translation locale',
  'weight weigh heavy light',
  'size volume capacity dimension',
  'temperature cold cool heat warm degree',
  'box crate container package',
  'waste rubbish trash landfill',
  'co2 carbon emission climate greenhouse',
  'life lifetime lifespan durability survive last',
  'country region area location place',
  'uptime availability outage downtime',
  'memory ram',
  'integration connector plugin',
  'alarm alert notification warning',
  'goal aim objective target',
  'budget spending',
  'revenue turnover sale income',
  'founder ceo owner director',
  'deadline due end',
  'license licence',
  'open-source opensource',
];

/** Terms by which a word (already stemmed) may also be said; filled by `groupsByStem`. */
export type SynonymIndex = ReadonlyMap<string, readonly string[]>;

/** Builds the synonym index with the stemmer that the search uses. */
export function synonymIndex(stem: (word: string) => string): SynonymIndex {
  const index = new Map<string, string[]>();
  for (const group of groups) {
    const stems = [...new Set(group.split(' ').map((word) => stem(word)))];
    for (const one of stems) {
      const others = index.get(one) ?? [];
      others.push(...stems.filter((other) => other !== one && !others.includes(other)));
      index.set(one, others);
    }
  }
  return index;
}

/** Nouns of time and measure: part of values, never a theme of their own. */
export const measureNouns: ReadonlySet<string> = new Set(
  (
    'second minute hour day week month quarter year date time percent euro dollar pound cent kilo gram litre liter metre meter degree piece half ' +
    'lot bit way thing end number amount kind sort part rest something nothing anything everything people somebody nobody monday friday today ' +
    'tomorrow yesterday summer winter spring autumn one two three'
  ).split(' '),
);

/** Register of notices that concern nobody outside: parties, parking, canteens, cookie banners. */
export const houseNotice: RegExp =
  /\b(?:part(?:y|ies)|gathering|canteen|cafeteria|parking|car park|birthday|buffet|barbecue|grill|raffle|rsvp|dress code|shuttle|carpool|vegetarians?|menu|lunch|dinner|potluck|companion|farewell|physiotherapist|health day|staff news|football|goalkeeper|choir|dishwasher|coffee machine|bicycle shed|holiday schedule|fire drill|cookies?|privacy policy|all rights reserved|unsubscribe|lorem ipsum|imprint)\b/iu;

/** The text says that a thing of a similar name is something else. */
export const unrelatedCue: RegExp =
  /\b(?:unrelated|not related|no relation|nothing to do with|not affiliated|no affiliation|not to be confused|confused with|a different (?:product|company)|not (?:ours|our (?:product|company))|namesake|by mistake about|same name)\b/iu;

/** Words that set one product against another. */
export const competitorCue: RegExp =
  /\b(?:competitors?|rivals?|alternatives? to|compared (?:to|with)|comparison with|versus|vs\.?|competing|switch(?:ed|ing)? from|mov(?:ed|ing) from|migrat(?:ed|ing) from|left|unlike|instead of|better than|cheaper than)\b/iu;

/** Cues by which people complain, wish, object or praise. */
export const voiceCues: {
  readonly pain: RegExp;
  readonly wish: RegExp;
  readonly objection: RegExp;
  readonly praise: RegExp;
} = {
  pain: /\b(?:annoy\w*|ruin\w*|nervous|stress\w*|disappoint\w*|rude|dirty|late|cancel(?:led|s)|tired|exhaust\w*|poor(?:ly)?|bad(?:ly)?|unreliable|noisy|leak\w*|stuck|wrong|mess(?:y)?|errors?|delay\w*|ignor\w*|nobody apologi[sz]ed|unhappy|angry|struggl\w*|frustrat\w*|hat(?:e|ed|es)|hurts?|wars?|shout\w*|cheated|stole|steal\w*|stolen|wors[te]|lost|lose|losing|fail\w*|broken?|crash\w*|slow\w*|confus\w*|complain\w*|problems?|trouble|nightmare|waste[ds]?|throw away|threw|painful|clumsy|too (?:many|much|heavy|big|small|slow|late)|never again|false alarms?|woken|down for|nobody (?:answered|knew|told)|(?:did|do|does|could|would)(?: not|n['’]t) (?:know|work|answer|reply|help|arrive|care|listen|open|start|fit)|g(?:ave|ives|ive) up|(?:stopped|stops) working|(?:returned|sent) (?:it|them|the)\b|dragged on|if at all|(?:had|needed) to|needed an?|no,? thank you|nowhere|difficult|complicated|awkward|hard(?:est)?|heavy|boring|thin|ugly|is missing|missing features?|attempts|forg[eo]t|for nothing|must not happen|for (?:hours|days|weeks|months|a (?:day|week|month)))\b/iu,
  wish: /\b(?:wish(?:es|ed)?|if only|would (?:love|like|pay more|be (?:nice|great))|hope|if (?:you|it|they|there) (?:had|were|could|offered)|want(?:ed)? (?:to see|a)|what i need|should (?:have|add|offer)|please (?:add|offer|make|bring|build|support|allow|let|give|fix)|would (?:help|be (?:better|useful|handy))|i (?:still )?miss (?:an?|the|my)|looking for|missing feature)\b/iu,
  objection:
    /\b(?:too expensive|expensive|not (?:allowed|worth)|not for (?:me|us)\b|do(?:es)? not (?:see|understand) (?:what|why)|not going to (?:change|switch|move|pay|buy)|would(?: not|n['’]t) (?:pay|buy|trust|switch)|scepti\w*|skepti\w*|reluctan\w*|suspicious|pricey|steep|costly|(?:bit|little|rather|too|so|very|is|are) dear|nobody knows|afraid|worr(?:y|ied|ies)|out of the question|do not want|don['’]t want|almost too much|cannot justify|not sure|doubt\w*|risk\w*|hesitat\w*|lock(?:ed)?[- ]in|contract was|price (?:went up|increase)|raised (?:the|its) price|costs? (?:us|another)|another \d+ \w+|costs? \w+ (?:dollars|euros|pounds)|would still exist|assumes|scared|concern\w*)\b/iu,
  praise:
    /\b(?:love[ds]?|laugh\w*|smil\w*|genius|happy|happier|proud|relax\w*|calm\w*|friendly|kind|helpful|reliable|delicious|wonderful|amazing|brilliant|comfortable|pleasant|(?<!\bno,? )thank\w*|delight\w*|enjoy\w*|fun|smooth\w*|great|excellent|perfect|beautiful|pretti(?:er|est)|best|finally|handy|breeze|lovely|(?:sleep|works?|feels?) better|(?:have|got|get) (?:my|our) \w+ back|the (?:only|first) (?:thing|one|\w+) (?:that|which|my|our|i|we|to)\b|the \w+est (?:thing |one |\w+ )?(?:i|we) (?:have|had|ever|know)|the same (?:day|afternoon|morning|hour)|easy|quick(?:ly)?|fast(?:er)?|just work(?:s|ed)|worth (?:it|the)|recommend\w*|compliment|(?:reason (?:why )?|that is why )(?:i|we) (?:chose|choose|stay|stayed|came back|keep|kept)|impress\w*|saves?|saved|cut the|so quick|convinced|less often|almost never|first time|(?:better|faster|easier|cheaper|safer|cleaner|colder|warmer|quieter) than|took over|never (?:looked back|failed)|done|good|only one|uses less|since we)\b/iu,
};

/** Claims that need proof however few words they have. */
export const boast: RegExp =
  /\b(?:best|fastest|cheapest|leading|number one|no\. ?1|world['’]?s|guarantee\w*|perfect|unbeatable|unrivalled|the only|most \w+|greenest|safest|always|never|everyone)\b/iu;

/** Verbs that tell the reader to do something. */
export const actionVerbs: readonly string[] = (
  'try start get join download install read learn see book order request sign register subscribe contact call visit discover watch ' +
  'compare buy test ask reserve claim explore check meet write reply talk schedule star share follow tell choose apply switch move'
).split(' ');

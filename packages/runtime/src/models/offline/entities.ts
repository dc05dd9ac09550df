import type { Corpus } from './corpus.ts';
import type { Steps } from './pace.ts';
import { citationOf, personOfHeading } from './reader.ts';
import { countNames, isSetAgainst, type NameCount } from './names.ts';
import type { Citation, EngineStamp, Entity, FindEntitiesResult } from './results.ts';
import type { FindEntitiesTask } from './tasks.ts';

const companySuffix =
  /(?:\b(?:Inc|Ltd|LLC|GmbH|AG|AS|SA|BV|Corp|Co|Group|Partners|Labs?|Studio|Logistics|Security|Systems|Software|Technologies|Foods|Games|Clinics|Hospital|University|Institute|Association|Bank)\.?$)/u;
const placeLead = /^(?:in|from|near|at|to|serves|between|throughout|across)$/u;
const personLead = /^(?:by|dr|prof|mr|mrs|ms|interviewer|founder|maintainer|tell|ask)$/u;

/** Names in the documents with a guess of what they are; given subjects keep their given role. */
export function* findEntities(
  corpus: Corpus,
  task: FindEntitiesTask,
): Steps<Omit<FindEntitiesResult, keyof EngineStamp>> {
  const people = peopleOf(corpus);
  const counts = [...(yield* countNames(corpus.documents)).values()];
  const topical = topicalPlaces(corpus);
  const known = corpus.book.subjects.map((subject) => subjectEntity(corpus, subject.name));
  const others = counts
    .filter((name) => name.count > 0 && corpus.book.find(name.name) === undefined && isOnTopic(topical, name))
    .map((name) => toEntity(corpus, name, people))
    .filter((entity) => entity.count > 1 || entity.type !== 'other');
  const spoken = [...people]
    .filter((person) => !others.some((entity) => entity.name === person))
    .map((person) => speakerEntity(corpus, person));
  const entities = [
    ...known,
    ...[...others, ...spoken].sort(
      (left, right) => right.count - left.count || left.name.localeCompare(right.name, 'en'),
    ),
  ];
  return { task: 'find_entities', entities: entities.slice(0, task.entitiesMax ?? 50) };
}

function peopleOf(corpus: Corpus): Set<string> {
  const people = new Set<string>();
  for (const document of corpus.documents) {
    for (const section of document.sections) {
      const person = personOfHeading(section.heading)?.speaker;
      if (person !== undefined) people.add(person);
    }
    for (const sentence of document.sentences) {
      const speaker = sentence.speaker?.speaker;
      if (
        speaker !== undefined &&
        /^(?:Dr\.? )?\p{Lu}[\p{L}.'’-]+(?: [\p{L}.'’-]+){1,3}$/u.test(speaker) &&
        !/^Customer\b/u.test(speaker)
      )
        people.add(speaker);
    }
  }
  return people;
}

/** Places of the statements on the topic, as `document:sentence`. */
function topicalPlaces(corpus: Corpus): ReadonlySet<string> {
  const places = new Set<string>();
  for (const { isOnTopic, documentIndex, sentence } of corpus.statements)
    if (isOnTopic) places.add(`${documentIndex}:${sentence.index}`);
  return places;
}

function isOnTopic(topical: ReadonlySet<string>, name: NameCount): boolean {
  return name.places.some((place) => topical.has(`${place.document}:${place.sentence}`));
}

function toEntity(corpus: Corpus, name: NameCount, people: ReadonlySet<string>): Entity {
  const citations = name.places.map((place) => citePlace(corpus, place));
  const isRival = name.count > 1 && name.places.some((place) => isRivalAt(corpus, name.name, place));
  const type = typeOf(name, people);
  const isNamedThing = type === 'company' || type === 'product';
  const { main } = corpus.book;
  const extendsOwn = main?.role === 'own' && name.name.startsWith(`${main.name} `);
  const unrelated = [...corpus.book.unrelated].some((other) => other === name.name.toLowerCase());
  return {
    name: name.name,
    type,
    role: unrelated ? 'unrelated' : extendsOwn ? 'own' : isNamedThing && isRival ? 'competitor' : 'other',
    count: name.count,
    documents: name.documents.size,
    aliases: [],
    citations,
  };
}

function isRivalAt(corpus: Corpus, name: string, place: NameCount['places'][number]): boolean {
  const text = corpus.documents[place.document]?.sentences[place.sentence]?.text ?? '';
  const at = text.indexOf(name);
  return at >= 0 && isSetAgainst(text, at, at + name.length);
}

function typeOf(name: NameCount, people: ReadonlySet<string>): Entity['type'] {
  if ([...people].some((person) => person === name.name || person.endsWith(` ${name.name}`))) return 'person';
  if (companySuffix.test(name.name)) return 'company';
  const share = (pattern: RegExp): number => {
    let hits = 0;
    for (const [word, count] of name.before) if (pattern.test(word)) hits += count;
    return hits / Math.max(1, name.count);
  };
  if (share(personLead) > 0.5 && name.name.split(' ').length > 1) return 'person';
  if (share(placeLead) > 0.5) return 'place';
  return name.definitions > 0 ? 'product' : 'other';
}

function citePlace(corpus: Corpus, place: { document: number; sentence: number }): Citation {
  const document = corpus.documents[place.document] as Corpus['documents'][number];
  const sentence = document.sentences[place.sentence] as (typeof document.sentences)[number];
  return citationOf(document, sentence);
}

function subjectEntity(corpus: Corpus, name: string): Entity {
  const subject = corpus.book.find(name);
  const mentions = corpus.statements.filter((statement) => subject !== undefined && statement.names(subject));
  return {
    name,
    type: 'product',
    role: subject?.role ?? 'other',
    count: mentions.length,
    documents: new Set(mentions.map((statement) => statement.documentIndex)).size,
    aliases: subject?.aliases ?? [],
    citations: mentions.slice(0, 3).map((statement) => statement.cite()),
  };
}

function speakerEntity(corpus: Corpus, person: string): Entity {
  const spoken = corpus.statements.filter((statement) => statement.sentence.speaker?.speaker === person);
  return {
    name: person,
    type: 'person',
    role: 'customer',
    count: spoken.length,
    documents: new Set(spoken.map((statement) => statement.documentIndex)).size,
    aliases: [],
    citations: spoken.slice(0, 3).map((statement) => statement.cite()),
  };
}

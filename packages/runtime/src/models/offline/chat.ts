import type { Citation } from './results.ts';
import type { TextEngine } from './engine.ts';
import type { SourceText } from './tasks.ts';
import { countTokens } from './tokens.ts';

/** A message of a plain chat. What a tool answered is evidence wherever it stands; what the assistant said never is. */
export interface ChatMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
}

/** The offline model's reply to a chat. */
export interface ChatAnswer {
  /** Sentences of the given text, or a plain statement that it holds no answer; ends with the mark "(offline model)". */
  text: string;
  /** Where the sentences stand; `documentId` is `message-<n>` for text of the chat itself. */
  citations: Citation[];
  /** False when the given text answers nothing. */
  answered: boolean;
  model: 'offline';
  usage: { inputTokens: number; outputTokens: number };
}

/** What an answer may draw on. */
export interface ChatOptions {
  /** The engine to answer with. */
  engine: TextEngine;
  /** Documents beside the text in the messages. */
  sources?: readonly SourceText[] | undefined;
  signal?: AbortSignal | undefined;
}

const mark = '(offline model)';
const nothing =
  'The offline model works only from text it is given: it finds, quotes and compares sentences. ' +
  'Paste the text into the chat or add documents and ask about them, or configure a language model.';

/**
 * Answers a chat from the text in it: the question is the last paragraph (or question sentence) of the last user message,
 * the evidence is everything before it, the results of tools and the extra sources. Never says anything that is not in that text.
 */
export async function answerChat(
  messages: readonly ChatMessage[],
  options: ChatOptions,
): Promise<ChatAnswer> {
  const { engine } = options;
  const { question, sources } = splitChat(messages);
  const all = [...sources, ...(options.sources ?? [])];
  const inputTokens =
    messages.reduce((sum, message) => sum + countTokens(message.content), 0) +
    (options.sources ?? []).reduce((sum, source) => sum + countTokens(source.text), 0);
  const finish = (text: string, citations: Citation[], answered: boolean): ChatAnswer => {
    const marked = `${text} ${mark}`;
    return {
      text: marked,
      citations,
      answered,
      model: 'offline',
      usage: { inputTokens, outputTokens: countTokens(marked) },
    };
  };
  if (question === '' || all.every((source) => source.text.trim() === '')) return finish(nothing, [], false);
  if (isSummary(question)) {
    const summary = await summarise(engine, all, options.signal);
    if (summary.length > 0)
      return finish(
        summary.map((item) => item.text).join(' '),
        summary.map((item) => item.citation),
        true,
      );
  }
  const result = await engine.run(
    { task: 'answer_questions', sources: all, questions: [{ id: 'q', text: question }] },
    { signal: options.signal },
  );
  const answer = result.answers[0];
  if (answer?.answered === true && answer.answer !== undefined && answer.citation !== undefined) {
    return finish(sentenceOf(answer.answer), [answer.citation, ...answer.supporting], true);
  }
  const reason = answer?.reason ?? 'No sentence of the given text says this.';
  return finish(
    `The given text does not answer this. ${reason.replace('The documents do', 'It does').replace('No sentence of the documents says this.', '')}`.trim(),
    [],
    false,
  );
}

function sentenceOf(text: string): string {
  return /[.!?…]["'”’)]?$/u.test(text) ? text : `${text}.`;
}

function isSummary(question: string): boolean {
  return /\b(?:summari[sz]e|summary|key points|main points|tl;?dr|what is (?:this|the text) about)\b/iu.test(
    question,
  );
}

/** The weightiest facts of the text, in its order. */
async function summarise(
  engine: TextEngine,
  sources: SourceText[],
  signal: AbortSignal | undefined,
): Promise<{ text: string; citation: Citation }[]> {
  const { facts } = await engine.run({ task: 'find_facts', sources, factsMax: 40 }, { signal });
  const seen = new Set<string>();
  const picked: { text: string; citation: Citation }[] = [];
  const told = facts.filter((fact) => fact.kind !== 'feature');
  for (const fact of told.length >= 3 ? told : facts) {
    const citation = fact.citations[0];
    if (citation === undefined || fact.standing !== 'stated' || seen.has(fact.plain) || picked.length >= 5)
      continue;
    seen.add(fact.plain);
    picked.push({ text: sentenceOf(fact.plain), citation });
  }
  return picked;
}

/** Cuts a chat into its question and the text it may be answered from. */
function splitChat(messages: readonly ChatMessage[]): { question: string; sources: SourceText[] } {
  const lastAt = messages.findLastIndex((message) => message.role === 'user');
  const last = messages[lastAt]?.content ?? '';
  const { question, rest } = splitQuestion(last);
  const sources: SourceText[] = [];
  for (const [index, message] of messages.entries()) {
    const text = index === lastAt ? rest : message.content;
    const isEvidence = message.role === 'tool' || (index <= lastAt && message.role !== 'assistant');
    if (!isEvidence || text.trim() === '') continue;
    sources.push({
      documentId: `message-${index + 1}`,
      title: `Message ${index + 1}`,
      mediaType: mediaTypeOf(text),
      text,
    });
  }
  return { question, sources };
}

/** What people write is Markdown; tools also answer with pages and with JSON. */
function mediaTypeOf(text: string): SourceText['mediaType'] {
  if (/^\s*(?:<!doctype\s+html|<html)\b/iu.test(text)) return 'text/html';
  return /^\s*[[{]/u.test(text) ? 'text/plain' : 'text/markdown';
}

/** The question is the last paragraph, or the first when only that one asks; pasted text around it is evidence. */
function splitQuestion(content: string): { question: string; rest: string } {
  const paragraphs = content
    .split(/\n\s*\n/u)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '');
  if (paragraphs.length <= 1) {
    const only = paragraphs[0] ?? '';
    const asked = /(?:^|[.!?:]\s+|\n)([^.!?:\n]{3,300}\?)\s*$/u.exec(only)?.[1];
    if (asked === undefined || asked.length === only.length)
      return { question: only.slice(0, 1_900), rest: '' };
    return { question: asked, rest: only.slice(0, only.length - asked.length).trimEnd() };
  }
  const first = paragraphs[0] ?? '';
  const asks =
    /[?:]$/u.test(first) ||
    isSummary(first) ||
    /^(?:find|list|extract|tell|answer|explain|name|give|show|compare|quote)\b/iu.test(first);
  const firstAsks = first.length < 300 && asks && paragraphs.at(-1)?.endsWith('?') !== true;
  const question = (firstAsks ? paragraphs[0] : paragraphs.at(-1)) ?? '';
  const rest = firstAsks ? paragraphs.slice(1) : paragraphs.slice(0, -1);
  return { question: question.slice(0, 1_900), rest: rest.join('\n\n') };
}

/**
 * The benchmarks. Without a name it lists them; `npm run bench -- bus` runs one and prints a table and, as its very last line, one
 * JSON object.
 */
import { parseArgs } from 'node:util';
import { auditQuestion } from './audit.ts';
import { busTakeoverQuestion } from './bus-takeover.ts';
import { busQuestion } from './bus.ts';
import { dispatchQuestion } from './dispatch.ts';
import { Findings } from './harness/findings.ts';
import { machineLines } from './harness/machine.ts';
import { settingsOf, type BenchSettings, type Question } from './harness/question.ts';
import { tableOf } from './harness/table.ts';
import { ledgerQuestion } from './ledger.ts';
import { metricsQuestion } from './metrics.ts';
import { miniQuestion } from './mini.ts';
import { periscopeQuestion } from './periscope.ts';
import { pipelineQuestion } from './pipeline.ts';
import { resourcesQuestion } from './resources.ts';

const questions: readonly Question[] = [
  auditQuestion,
  busQuestion,
  busTakeoverQuestion,
  dispatchQuestion,
  ledgerQuestion,
  metricsQuestion,
  miniQuestion,
  periscopeQuestion,
  pipelineQuestion,
  resourcesQuestion,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string' },
    events: { type: 'string' },
    workspaces: { type: 'string' },
    kills: { type: 'string' },
  },
});
const print = (line: string): void => console.log(line);

const [name] = positionals;
if (name === undefined) {
  list();
} else {
  const question = questions.find((candidate) => candidate.name === name);
  if (question) await answer(question);
  else refuse(`There is no benchmark ${name}. Benchmarks: ${questions.map((each) => each.name).join(', ')}.`);
}

function list(): void {
  for (const question of questions) print(`npm run bench -- ${question.name.padEnd(14)}${question.about}`);
  print(
    '\nOptions: --quick (a short run), --rounds N, --only key,key, --events N (stored before replay, lookup',
  );
  print('and opening), --workspaces N (that our events are spread over), --kills N, --full (peers that are');
  print('programs of their own, for history: Debian packages prometheus and victoria-metrics).');
}

async function answer(question: Question): Promise<void> {
  const settings = settingsFor(question);
  if (!settings) return;
  for (const line of await machineLines()) print(line);
  const findings = new Findings();
  try {
    await question.run(settings, findings);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
    return;
  }
  print('');
  for (const line of tableOf(question, findings)) print(line);
  print(
    JSON.stringify({
      bench: question.name,
      node: process.version,
      results: findings.results(Object.keys(question.figures)),
    }),
  );
}

function settingsFor(question: Question): BenchSettings | undefined {
  const only = values.only === undefined ? null : new Set(values.only.split(',').map((key) => key.trim()));
  const unknown = [...(only ?? [])].filter((key) => !(key in question.figures));
  if (unknown.length > 0) {
    refuse(`There is no figure ${unknown.join(', ')}. Figures: ${Object.keys(question.figures).join(', ')}.`);
    return undefined;
  }
  const base = values.quick ? settingsOf.quick : settingsOf.full;
  const asked = {
    rounds: values.rounds,
    storedEvents: values.events,
    workspaces: values.workspaces,
    kills: values.kills,
  };
  const numbers: Record<string, number> = {};
  for (const [field, text] of Object.entries(asked)) {
    if (text === undefined) continue;
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 1) {
      refuse(`${text} is no number of ${field}: write a whole one, 1 or more.`);
      return undefined;
    }
    numbers[field] = value;
  }
  return { ...base, ...numbers, full: values.full, only, print };
}

function refuse(message: string): void {
  console.error(message);
  process.exitCode = 2;
}

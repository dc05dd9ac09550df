/** What is wrong with a rule's form: what can be said without the server, and what the server said, by field. */
import { issuesOf } from '../../data/refusal.ts';
import { parseSpan } from '../../format/span.ts';
import { sentence } from '../../format/words.ts';
import { hasResolveThreshold, isRelative, namesIn, type RuleForm } from './rule-form.ts';
import { isComparison, sourceOf } from './rule-words.ts';
import { readTagLines } from './tag-lines.ts';

/** Problems by field; empty when the form can be sent. */
export type RuleProblems = Partial<Record<keyof RuleForm, string>>;

const nameForm = /^[a-z][a-z0-9_]{0,99}$/u;
const tagNameForm = /^[a-zA-Z_][a-zA-Z0-9_]{0,99}$/u;

/** Checks what can be checked without the server: that everything needed is there and can be read. */
export function problemsOfRule(form: RuleForm): RuleProblems {
  return {
    ...nameProblems(form.name.trim()),
    ...watchedProblems(form),
    ...conditionProblems(form),
    ...spanProblems(form, 'duration', 'keepFiring', 'interval'),
    ...tagProblems(form, 'labels'),
  };
}

function nameProblems(name: string): RuleProblems {
  if (name === '') return { name: 'Give the rule a name.' };
  if (!nameForm.test(name)) {
    return { name: 'Use small letters, digits and _, beginning with a letter: cpu_high.' };
  }
  return {};
}

function watchedProblems(form: RuleForm): RuleProblems {
  switch (sourceOf(form.condition)) {
    case 'metric':
      return {
        ...(form.metric.trim() === '' ? { metric: 'Choose a metric.' } : {}),
        ...tagProblems(form, 'tags'),
        ...spanProblems(form, 'window'),
      };
    case 'objective':
      return {
        ...(form.goodMetric.trim() === ''
          ? { goodMetric: 'Choose the metric that counts good events.' }
          : {}),
        ...(form.totalMetric.trim() === ''
          ? { totalMetric: 'Choose the metric that counts all events.' }
          : {}),
        ...tagProblems(form, 'goodTags', 'totalTags'),
        ...byProblems(form),
      };
    case 'rules':
      return {
        ...(form.members.length === 0 ? { members: 'Choose at least one rule.' } : {}),
        ...byProblems(form),
      };
  }
}

function byProblems({ by }: RuleForm): RuleProblems {
  const bad = namesIn(by).find((name) => !tagNameForm.test(name));
  return bad === undefined ? {} : { by: `“${bad}” is no name of a tag.` };
}

function conditionProblems(form: RuleForm): RuleProblems {
  const { condition } = form;
  if (isComparison(condition) || condition === 'change') {
    const unit = isRelative(form) ? 'Write percent, for example 50.' : 'Write a number.';
    return {
      ...numberProblems(form, 'threshold', unit),
      ...(hasResolveThreshold(condition) && form.resolveThreshold.trim() !== ''
        ? numberProblems(form, 'resolveThreshold', unit)
        : {}),
      ...(condition === 'change' ? spanProblems(form, 'changeEarlier') : {}),
    };
  }
  if (condition === 'anomaly') {
    return {
      ...spanProblems(form, 'season'),
      ...(form.past.trim() === '' ? {} : spanProblems(form, 'past')),
      ...numberProblems(form, 'confidence', 'Write percent, for example 99.'),
    };
  }
  if (condition === 'burn_rate') {
    return {
      ...numberProblems(form, 'threshold', 'Write a factor, for example 14.4.'),
      ...numberProblems(form, 'objective', 'Write percent, for example 99.9.'),
      ...spanProblems(form, 'longWindow'),
      ...(form.shortWindow.trim() === '' ? {} : spanProblems(form, 'shortWindow')),
    };
  }
  return {};
}

/**
 * What stands beside the fields: what is wrong with what somebody wrote, and what the server said. An empty field is not
 * wrong yet; what is missing is listed where the rule is saved.
 */
export function shownProblems(form: RuleForm, own: RuleProblems, server: RuleProblems): RuleProblems {
  const written = Object.entries(own).filter(([field]) => {
    const value = form[field as keyof RuleForm];
    return typeof value === 'string' && value.trim() !== '';
  });
  return { ...server, ...Object.fromEntries(written) };
}

type TextField = {
  [Field in keyof RuleForm]: string extends RuleForm[Field] ? Field : never;
}[keyof RuleForm];

function numberProblems(form: RuleForm, field: TextField, instruction: string): RuleProblems {
  const text = form[field].trim();
  return text !== '' && Number.isFinite(Number(text)) ? {} : { [field]: instruction };
}

function spanProblems(form: RuleForm, ...fields: readonly TextField[]): RuleProblems {
  const bad = fields.filter((field) => parseSpan(form[field]) === null);
  return Object.fromEntries(bad.map((field) => [field, 'Write a span of time: 30 s, 5 min, 1 h, 2 d.']));
}

function tagProblems(form: RuleForm, ...fields: readonly TextField[]): RuleProblems {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const { problem } = readTagLines(form[field]);
      return problem === null ? [] : [[field, problem]];
    }),
  );
}

/** The fields of the form by their place on the wire. */
const fieldOfPath: Readonly<Record<string, keyof RuleForm>> = {
  name: 'name',
  summary: 'summary',
  severity: 'severity',
  labels: 'labels',
  runbook_url: 'runbook',
  condition: 'condition',
  metric: 'metric',
  tags: 'tags',
  aggregation: 'aggregation',
  window_seconds: 'window',
  threshold: 'threshold',
  resolve_threshold: 'resolveThreshold',
  duration_seconds: 'duration',
  keep_firing_seconds: 'keepFiring',
  interval_seconds: 'interval',
  missing: 'missing',
  'change.mode': 'changeMode',
  'change.earlier_seconds': 'changeEarlier',
  'change.direction': 'changeDirection',
  'anomaly.season_seconds': 'season',
  'anomaly.past_seconds': 'past',
  'anomaly.confidence': 'confidence',
  'anomaly.direction': 'anomalyDirection',
  'good.metric': 'goodMetric',
  'good.tags': 'goodTags',
  'total.metric': 'totalMetric',
  'total.tags': 'totalTags',
  objective: 'objective',
  long_window_seconds: 'longWindow',
  short_window_seconds: 'shortWindow',
  rules: 'members',
  by: 'by',
};

/** The field that a path of the server's answer means: `body.rule.change.earlier_seconds` is the form's `changeEarlier`. */
function fieldOf(path: string): keyof RuleForm | null {
  const parts = path
    .replace(/^body\./u, '')
    .replace(/^rule\./u, '')
    .split(/[.[\]]+/u)
    .filter(Boolean);
  for (let length = parts.length; length > 0; length -= 1) {
    const field = fieldOfPath[parts.slice(0, length).join('.')];
    if (field !== undefined) return field;
  }
  return null;
}

/** What the server said, beside the fields that it meant. */
export interface ServerProblems {
  readonly fields: RuleProblems;
  /** Whether that is all it said. */
  readonly complete: boolean;
}

/** Reads the issues of a refusal; an error without issues is about no field. */
export function problemsOfRefusal(error: unknown): ServerProblems {
  const issues = issuesOf(error);
  const fields: RuleProblems = {};
  let complete = issues.length > 0;
  for (const issue of issues) {
    const field = fieldOf(issue.path);
    if (field === null) complete = false;
    else fields[field] ??= sentence(issue.message);
  }
  return { fields, complete };
}

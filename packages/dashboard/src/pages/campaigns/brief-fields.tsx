/** The fields of a brief, each with the quotes that filled it. */
import type { BriefFinding, BriefSuggestion, CampaignChannel } from '@raptorflow/contract';

import { CitationQuote } from '../../components/citation.tsx';
import { SelectField, TextArea, TextField } from '../../components/field.tsx';
import { humanize } from '../../format/words.ts';
import { type BriefForm, problemsOf } from './brief-form.ts';
import { PersonaFields } from './persona-fields.tsx';

interface BriefFieldsProps {
  readonly form: BriefForm;
  readonly suggestion: BriefSuggestion | null;
  readonly onChange: (form: BriefForm) => void;
}

// A record, so that a channel added to the contract must be added here.
const channels: Readonly<Record<CampaignChannel, true>> = {
  blog: true,
  email: true,
  facebook: true,
  instagram: true,
  landing_page: true,
  linkedin: true,
  medium: true,
  pinterest: true,
  reddit: true,
  threads: true,
  tiktok: true,
  x: true,
  youtube: true,
};

function isChannel(name: string): name is CampaignChannel {
  return name in channels;
}

/** The quotes behind one field. */
function Quotes({
  suggestion,
  field,
}: {
  readonly suggestion: BriefSuggestion | null;
  readonly field: BriefFinding['field'];
}) {
  const citations = (suggestion?.findings ?? [])
    .filter((finding) => finding.field === field)
    .flatMap((finding) => finding.citations);
  if (citations.length === 0) return null;
  return (
    <div className="mt-1.5 space-y-1">
      {citations.map((citation) => (
        <CitationQuote key={`${citation.document_id}:${citation.start}`} citation={citation} />
      ))}
    </div>
  );
}

/** All fields. */
export function BriefFields(props: BriefFieldsProps) {
  const { form, suggestion, onChange } = props;
  return (
    <div className="grid gap-x-6 gap-y-5 md:grid-cols-2">
      <WordFields {...props} />
      <div className="md:col-span-2">
        <PersonaFields personas={form.personas} onChange={(personas) => onChange({ ...form, personas })} />
        <Quotes suggestion={suggestion} field="personas" />
      </div>
      <ListFields {...props} />
      <ChannelField {...props} />
      <LimitFields {...props} />
    </div>
  );
}

function WordFields({ form, suggestion, onChange }: BriefFieldsProps) {
  return (
    <>
      <TextField
        label="Name of the campaign"
        value={form.name}
        maxLength={200}
        onChange={(event) => onChange({ ...form, name: event.target.value })}
      >
        <Quotes suggestion={suggestion} field="name" />
      </TextField>
      <TextField
        label="Product"
        value={form.product}
        maxLength={200}
        onChange={(event) => onChange({ ...form, product: event.target.value })}
      >
        <Quotes suggestion={suggestion} field="product" />
      </TextField>
      <TextArea
        className="md:col-span-2"
        label="Positioning"
        hint="What it is and for whom, in plain words."
        value={form.positioning}
        maxLength={2000}
        onChange={(event) => onChange({ ...form, positioning: event.target.value })}
      >
        <Quotes suggestion={suggestion} field="positioning" />
      </TextArea>
    </>
  );
}

const listFields = [
  ['goals', 'Goals', 'One goal a line.'],
  ['competitors', 'Competitors', 'One name a line.'],
  [
    'questions',
    'Questions that the war brief must answer',
    'One a line. What the documents cannot answer is named as such.',
  ],
] as const;

function ListFields({ form, suggestion, onChange }: BriefFieldsProps) {
  return listFields.map(([name, label, hint]) => (
    <TextArea
      key={name}
      className={name === 'questions' ? 'md:col-span-2' : ''}
      label={`${label} (optional)`}
      hint={hint}
      value={form[name]}
      onChange={(event) => onChange({ ...form, [name]: event.target.value })}
    >
      <Quotes suggestion={suggestion} field={name} />
    </TextArea>
  ));
}

function ChannelField({ form, suggestion, onChange }: BriefFieldsProps) {
  const toggle = (channel: CampaignChannel) =>
    onChange({
      ...form,
      channels: form.channels.includes(channel)
        ? form.channels.filter((one) => one !== channel)
        : [...form.channels, channel],
    });
  return (
    <fieldset className="md:col-span-2">
      <legend className="mb-1 text-sm font-medium">Channels</legend>
      <div className="flex flex-wrap gap-2">
        {Object.keys(channels)
          .filter(isChannel)
          .map((channel) => (
            <label
              key={channel}
              className="flex items-center gap-2 rounded-md border border-line px-2.5 py-1.5 hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-accent"
            >
              <input
                type="checkbox"
                className="accent-accent outline-none"
                checked={form.channels.includes(channel)}
                onChange={() => toggle(channel)}
              />
              {humanize(channel)}
            </label>
          ))}
      </div>
      <Quotes suggestion={suggestion} field="channels" />
    </fieldset>
  );
}

function LimitFields({ form, suggestion, onChange }: BriefFieldsProps) {
  const problems = problemsOf(form);
  return (
    <div className="grid gap-x-6 gap-y-5 sm:grid-cols-3 md:col-span-2">
      <TextField
        label="Marketing budget, US$ (optional)"
        inputMode="decimal"
        hint="The plan splits it."
        value={form.budget}
        problem={problems.budget}
        onChange={(event) => onChange({ ...form, budget: event.target.value })}
      >
        <Quotes suggestion={suggestion} field="budget_usd" />
      </TextField>
      <TextField
        label="Last day (optional)"
        type="date"
        value={form.deadline}
        onChange={(event) => onChange({ ...form, deadline: event.target.value })}
      >
        <Quotes suggestion={suggestion} field="deadline" />
      </TextField>
      <SelectField
        label="Approval"
        value={form.approval}
        options={[
          ['manual', 'I approve the assets'],
          ['automatic', 'Approve automatically'],
        ]}
        onChange={(event) =>
          onChange({ ...form, approval: event.target.value === 'automatic' ? 'automatic' : 'manual' })
        }
      />
    </div>
  );
}

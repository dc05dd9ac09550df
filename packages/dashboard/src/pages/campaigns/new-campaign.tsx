/** A new campaign: documents first, then a brief that fills itself from them with quotes, then confirm and run. */
import type { BriefSuggestion, DocumentSummary } from '@raptorflow/contract';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { Button } from '../../components/button.tsx';
import { Trail } from '../../components/trail.tsx';
import { SourceSheet } from '../../components/citation.tsx';
import { ErrorNotice, Notice } from '../../components/feedback.tsx';
import { PageHeader, Panel } from '../../components/panel.tsx';
import { useCreateCampaign, useSuggestBrief } from '../../data/campaigns.ts';
import { useScope } from '../../data/scope.ts';
import { countOf } from '../../format/number.ts';
import { BriefFields } from './brief-fields.tsx';
import { type BriefForm, briefOf, emptyBrief, fillBrief, problemsOf } from './brief-form.ts';
import { DocumentChooser } from './document-chooser.tsx';
import { EstimatePanel } from './estimate-panel.tsx';

/** The page. */
export function NewCampaignPage() {
  const [documents, setDocuments] = useState<readonly DocumentSummary[]>([]);
  const [form, setForm] = useState<BriefForm>(emptyBrief);
  const [suggestion, setSuggestion] = useState<BriefSuggestion | null>(null);
  const suggest = useSuggestBrief();
  const fill = (from: readonly DocumentSummary[]) =>
    suggest.mutate(
      from.map((document) => document.id),
      {
        onSuccess: (found) => {
          setForm((current) => fillBrief(current, found, suggestion));
          setSuggestion(found);
        },
      },
    );
  // The brief fills itself whenever the choice changes; only the newest answer counts.
  const choose = (chosen: readonly DocumentSummary[]) => {
    setDocuments(chosen);
    if (chosen.length > 0) fill(chosen);
  };
  return (
    <>
      <PageHeader
        title="New campaign"
        trail={<Trail to="/w/$workspaceId/campaigns">Campaigns</Trail>}
        note="Choose the documents, let the brief fill itself with what they say, check it, run."
      />
      <div className="space-y-4">
        <Panel title="1. Documents" note={documents.length === 0 ? undefined : `${documents.length} chosen`}>
          <DocumentChooser chosen={documents} onChoose={choose} />
        </Panel>
        <Panel
          title="2. Brief"
          actions={
            <Button
              icon="spark"
              busy={suggest.isPending}
              disabled={documents.length === 0}
              onClick={() => fill(documents)}
            >
              {suggest.isPending ? 'Reading the documents' : 'Read the documents again'}
            </Button>
          }
        >
          {documents.length === 0 ? (
            <div className="mb-4">
              <Notice>
                Choose documents above: what they say about product, buyers and prices fills the brief,
                quoted.
              </Notice>
            </div>
          ) : null}
          {suggest.error ? (
            <div className="mb-4">
              <ErrorNotice error={suggest.error} retry={() => fill(documents)} />
            </div>
          ) : null}
          {suggestion ? <SuggestionNote suggestion={suggestion} /> : null}
          <BriefFields form={form} suggestion={suggestion} onChange={setForm} />
        </Panel>
        <RunPanel form={form} documents={documents} />
      </div>
      <SourceSheet />
    </>
  );
}

function SuggestionNote({ suggestion }: { readonly suggestion: BriefSuggestion }) {
  return (
    <div className="mb-4">
      <Notice tone={suggestion.findings.length === 0 ? 'warn' : 'ok'}>
        {suggestion.findings.length === 0
          ? 'The documents say nothing that fits a field of the brief. Fill it in by hand.'
          : `${countOf(suggestion.findings.length, 'quote')} below the fields, found by ${
              suggestion.model === 'offline' ? 'the offline model' : suggestion.model
            }. Fields that you had filled were left as they are.`}
        {suggestion.unanswered.length === 0 ? null : (
          <ul className="mt-1 list-disc pl-4 text-xs text-muted">
            {suggestion.unanswered.map((gap) => (
              <li key={gap.field}>
                {gap.field}: {gap.reason}
              </li>
            ))}
          </ul>
        )}
      </Notice>
    </div>
  );
}

function RunPanel({
  form,
  documents,
}: {
  readonly form: BriefForm;
  readonly documents: readonly DocumentSummary[];
}) {
  const { workspaceId } = useScope();
  const navigate = useNavigate();
  const create = useCreateCampaign();
  const open = Object.values(problemsOf(form));
  if (documents.length === 0) open.unshift('Choose at least one document.');
  const start = () =>
    create.mutate(
      { brief: briefOf(form), documentIds: documents.map((document) => document.id) },
      {
        onSuccess: ({ campaign_id: campaignId }) =>
          void navigate({ to: '/w/$workspaceId/campaigns/$campaignId', params: { workspaceId, campaignId } }),
      },
    );
  return (
    <Panel title="3. Run">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div className="min-w-0 flex-1 basis-72 text-muted">
          {open.length === 0 ? (
            <>
              Research starts at once over {countOf(documents.length, 'document')}.{' '}
              {form.approval === 'manual'
                ? 'The assets wait for your approval before the package is made.'
                : 'The package is made without asking.'}
            </>
          ) : (
            <>
              <p>Still open:</p>
              <ul className="list-disc pl-4">
                {open.map((problem) => (
                  <li key={problem}>{problem}</li>
                ))}
              </ul>
            </>
          )}
        </div>
        <Button tone="solid" icon="play" busy={create.isPending} disabled={open.length > 0} onClick={start}>
          Run the campaign
        </Button>
      </div>
      {open.length === 0 ? (
        <EstimatePanel brief={briefOf(form)} documentIds={documents.map((document) => document.id)} />
      ) : null}
      {create.error ? (
        <div className="mt-3">
          <ErrorNotice error={create.error} />
        </div>
      ) : null}
    </Panel>
  );
}

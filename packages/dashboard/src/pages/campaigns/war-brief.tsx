/** The war brief: facts first, prose below, and what these documents could not answer. */
import type { BriefSection, WarBrief } from '@raptorflow/contract';
import { Link, useParams } from '@tanstack/react-router';

import { CitationMarks, numberDocuments } from '../../components/citation.tsx';
import { classes } from '../../components/class-names.ts';
import { ErrorNotice, Loading } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { Badge } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { useWarBrief } from '../../data/campaigns.ts';
import { useScope } from '../../data/scope.ts';
import { countOf, formatPercent } from '../../format/number.ts';
import { humanize } from '../../format/words.ts';
import { FactTable } from './fact-table.tsx';
import { NotYet } from './not-yet.tsx';
import { paragraphsOf } from './paragraphs.ts';

/** The brief's page. */
export function WarBriefPage() {
  const { campaignId } = useParams({ from: '/w/$workspaceId/campaigns/$campaignId' });
  const brief = useWarBrief(campaignId);
  if (brief.isPending) return <Loading rows={8} label="Reading the war brief" />;
  if (brief.error) return <ErrorNotice error={brief.error} retry={() => void brief.refetch()} />;
  if (brief.data === null) return <NotYet stage="war_brief" what="war brief" />;
  return <Brief brief={brief.data} />;
}

function Brief({ brief }: { readonly brief: WarBrief }) {
  const numberOf = numberDocuments(brief.sources.map((source) => source.document_id));
  return (
    <div className="space-y-4">
      <FactTable facts={brief.facts} numberOf={numberOf} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_18rem]">
        <Panel
          title="War brief"
          note={
            <>
              written <Ago at={brief.generated_at} /> by{' '}
              {brief.model === 'offline' ? 'the offline model' : brief.model}
            </>
          }
          actions={
            <Badge title="How sure Cognition is of the whole, from what its sources agree on">
              Confidence {formatPercent(brief.confidence)}
            </Badge>
          }
        >
          <div className="max-w-[46rem] space-y-6 text-base">
            {brief.sections.map((section) => (
              <Section key={section.id} section={section} numberOf={numberOf} />
            ))}
          </div>
        </Panel>
        <div className="space-y-4 lg:sticky lg:top-16 lg:max-h-[calc(100dvh-5rem)] lg:overflow-y-auto">
          <Contents sections={brief.sections} />
          <Gaps brief={brief} />
          <Sources brief={brief} numberOf={numberOf} />
        </div>
      </div>
    </div>
  );
}

function Section({
  section,
  numberOf,
}: {
  readonly section: BriefSection;
  readonly numberOf: (documentId: string) => number;
}) {
  return (
    <section aria-labelledby={`section-${section.id}`}>
      <h3
        id={`section-${section.id}`}
        className="mb-1.5 flex items-baseline gap-2 text-lg font-semibold tracking-tight"
      >
        {section.title}
      </h3>
      {paragraphsOf(section.sentences).map((paragraph) => (
        <div key={paragraph.key}>
          {paragraph.heading === null ? null : (
            <h4 className="mt-2 text-sm font-semibold text-muted">{paragraph.heading}</h4>
          )}
          <p>
            {paragraph.sentences.map(({ key, sentence }) => (
              <span key={key} className={classes(sentence.kind === 'gap' && 'text-muted italic')}>
                {sentence.kind === 'quote' ? `“${sentence.text}”` : sentence.text}
                {sentence.speaker === null ? '' : ` ${sentence.speaker}`}
                <CitationMarks citations={sentence.citations} numberOf={numberOf} />{' '}
              </span>
            ))}
          </p>
        </div>
      ))}
    </section>
  );
}

function Contents({ sections }: { readonly sections: readonly BriefSection[] }) {
  return (
    <nav aria-label="Sections of the brief" className="max-lg:hidden">
      <ul className="space-y-0.5 border-l border-line">
        {sections.map((section) => (
          <li key={section.id}>
            <a
              href={`#section-${section.id}`}
              className="-ml-px block border-l border-transparent py-0.5 pl-3 text-xs text-muted hover:border-accent hover:text-text"
            >
              {section.title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Gaps({ brief }: { readonly brief: WarBrief }) {
  return (
    <Panel title="What these documents could not answer" note={countOf(brief.unanswered.length, 'question')}>
      {brief.unanswered.length === 0 ? (
        <p className="text-muted">Every question of the brief has an answer with a source.</p>
      ) : (
        <ul className="space-y-3">
          {brief.unanswered.map((gap) => (
            <li key={gap.question}>
              <p className="font-medium">{gap.question}</p>
              <p className="text-xs text-muted">{gap.reason}</p>
            </li>
          ))}
        </ul>
      )}
      {brief.connectors.length === 0 ? null : (
        <div className="mt-3 border-t border-line pt-3">
          <h3 className="mb-1 text-xs text-muted">Sources that this installation lacks</h3>
          <ul className="space-y-1.5">
            {brief.connectors.map((connector) => (
              <li key={connector.name}>
                <span className="font-medium">{humanize(connector.name)}</span>{' '}
                <span className="text-xs text-muted">{connector.purpose}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Panel>
  );
}

function Sources({
  brief,
  numberOf,
}: {
  readonly brief: WarBrief;
  readonly numberOf: (documentId: string) => number;
}) {
  const { workspaceId } = useScope();
  return (
    <Panel title="Sources">
      <ol className="space-y-1.5">
        {brief.sources.map((source) => (
          <li key={source.document_id} className="flex items-baseline gap-2">
            <span className="w-5 shrink-0 rounded-sm bg-accent-soft text-center text-2xs font-medium text-accent tabular">
              {numberOf(source.document_id)}
            </span>
            <Link
              to="/w/$workspaceId/documents/$documentId"
              params={{ workspaceId, documentId: source.document_id }}
              className="min-w-0 flex-1 break-words hover:underline"
            >
              {source.title}
            </Link>
            <span className="text-xs text-muted tabular">{countOf(source.citation_count, 'citation')}</span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

/** One asset: its variants, the verdicts on each, the debate that led there. */
import type { Asset, Variant, Verdict } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { CitationQuote } from '../../components/citation.tsx';
import { Notice } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { pillClasses } from '../../components/pill.ts';
import { CopyButton } from '../../components/payload.tsx';
import { Badge, StatusBadge } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { useScope } from '../../data/scope.ts';
import { countOf } from '../../format/number.ts';
import { humanize } from '../../format/words.ts';
import { DebatePanel } from './debate-panel.tsx';
import { FindingList } from './finding-list.tsx';
import { type TextBlock, textBlocksOf } from './text-blocks.ts';

/** An asset whole. */
export function AssetDetail({ asset }: { readonly asset: Asset }) {
  const [shownId, setShownId] = useState(asset.variants[0]?.id);
  const shown = asset.variants.find((variant) => variant.id === shownId) ?? asset.variants[0];
  return (
    <div className="min-w-0 space-y-4">
      <AssetHeader asset={asset} />
      {shown ? (
        <>
          <VariantPanel asset={asset} shown={shown} onShow={setShownId} />
          <VerdictPanel verdicts={asset.verdicts.filter((verdict) => verdict.variant_id === shown.id)} />
        </>
      ) : (
        <Notice tone="warn">This asset has no variant: the documents gave nothing to write it from.</Notice>
      )}
      <DebatePanel
        rounds={asset.debate.filter((round) => shown === undefined || round.variant_id === shown.id)}
      />
    </div>
  );
}

function AssetHeader({ asset }: { readonly asset: Asset }) {
  const { workspaceId } = useScope();
  return (
    <div>
      <h2 className="text-lg font-semibold tracking-tight break-words">{asset.title}</h2>
      <div className="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-muted">
        {asset.verdict === null ? <Badge>Not checked yet</Badge> : <StatusBadge status={asset.verdict} />}
        <StatusBadge status={asset.status} />
        <span>{humanize(asset.channel)}</span>
        <span>
          by{' '}
          <Link
            to="/w/$workspaceId/agents/$agentId"
            params={{ workspaceId, agentId: asset.agent_code }}
            className="text-accent hover:underline"
          >
            {asset.agent_code}
          </Link>{' '}
          with {asset.model === 'offline' ? 'the offline model' : asset.model}
        </span>
      </div>
    </div>
  );
}

interface VariantProps {
  readonly asset: Asset;
  readonly shown: Variant;
  readonly onShow: (id: string) => void;
}

function VariantPanel(props: VariantProps) {
  const { asset, shown } = props;
  return (
    <Panel
      title={asset.variants.length > 1 ? 'Variants' : 'Text'}
      note={countOf(shown.character_count, 'character')}
      actions={
        <div className="flex items-center gap-1">
          {asset.variants.length > 1 ? <VariantSwitch {...props} /> : null}
          <CopyButton text={shown.text} label="Copy the text" />
        </div>
      }
    >
      {shown.lines.length > 0 ? (
        <dl className="mb-3 max-w-[46rem] space-y-1 border-b border-line pb-3">
          {shown.lines.map((line) => (
            <div key={line.name} className="flex gap-3">
              <dt className="w-20 shrink-0 text-xs leading-6 text-muted">{humanize(line.name)}</dt>
              <dd className="min-w-0 text-base font-medium break-words">{line.text}</dd>
            </div>
          ))}
        </dl>
      ) : null}
      <div className="max-w-[46rem] space-y-3 text-base break-words whitespace-pre-wrap">
        {textBlocksOf(shown.text).map((block) => (
          <Block key={block.key} block={block} />
        ))}
      </div>
      <VariantGrounds variant={shown} />
    </Panel>
  );
}

function Block({ block: { kind, text } }: { readonly block: TextBlock }) {
  if (kind === 'heading') return <h3 className="pt-1 font-semibold">{text}</h3>;
  if (kind === 'quote')
    return <blockquote className="border-l-2 border-line-strong/50 pl-3">{text}</blockquote>;
  if (kind === 'item') return <div className="ml-4 list-item list-disc marker:text-line-strong">{text}</div>;
  return <p>{text}</p>;
}

function VariantSwitch({ asset, shown, onShow }: VariantProps) {
  return (
    <div role="group" aria-label="Variant" className="flex flex-wrap gap-1">
      {asset.variants.map((variant) => (
        <button
          key={variant.id}
          type="button"
          aria-pressed={variant.id === shown.id}
          onClick={() => onShow(variant.id)}
          className={pillClasses}
        >
          {variant.label}
        </button>
      ))}
    </div>
  );
}

/** Up to so many quotes stand open. */
const quotesOpenMax = 6;

/** What a variant rests on, and what no document gave it. */
function VariantGrounds({ variant }: { readonly variant: Variant }) {
  return (
    <>
      {variant.gaps.length > 0 ? (
        <div className="mt-4">
          <Notice tone="warn">
            <span className="font-medium">Left open, because no document says it:</span>
            <ul className="list-disc pl-4">
              {variant.gaps.map((gap) => (
                <li key={gap}>{gap}</li>
              ))}
            </ul>
          </Notice>
        </div>
      ) : null}
      {variant.citations.length > 0 ? (
        <details open={variant.citations.length <= quotesOpenMax} className="mt-4">
          <summary className="text-xs text-muted hover:text-text">
            Made from {countOf(variant.citations.length, 'quote')}
          </summary>
          <div className="mt-1.5 space-y-1.5">
            {variant.citations.map((citation) => (
              <CitationQuote key={`${citation.document_id}:${citation.start}`} citation={citation} />
            ))}
          </div>
        </details>
      ) : null}
    </>
  );
}

function VerdictPanel({ verdicts }: { readonly verdicts: readonly Verdict[] }) {
  const { workspaceId } = useScope();
  return (
    <Panel flush title="Guardian verdicts" note="platform rules, checked in code">
      {verdicts.length === 0 ? (
        <p className="p-4 text-muted">
          The Guardians have not checked this variant yet; their stage comes after the drafts.
        </p>
      ) : null}
      <ul className="divide-y divide-line">
        {verdicts.map((verdict) => (
          <li key={`${verdict.guardian_code}:${verdict.variant_id}`} className="px-4 py-2.5">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <StatusBadge status={verdict.result} />
              <Link
                to="/w/$workspaceId/agents/$agentId"
                params={{ workspaceId, agentId: verdict.guardian_code }}
                className="font-medium hover:underline"
              >
                {verdict.guardian_name}
              </Link>
              <span className="text-xs text-muted">{verdict.guardian_code}</span>
              <span className="ml-auto text-xs text-muted">
                <Ago at={verdict.checked_at} />
              </span>
            </div>
            <FindingList findings={verdict.findings} none="Every rule of this platform holds." />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

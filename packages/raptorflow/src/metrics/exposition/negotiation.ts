import type { ExpositionFormat } from './text.ts';

/** What a scraper gets. */
export interface NegotiatedExposition {
  readonly format: ExpositionFormat;
  /** The Content-Type to answer with. */
  readonly contentType: string;
}

/** The Content-Type of each format. */
const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/**
 * Chooses the format by an Accept header: OpenMetrics for those who name it, in a version that this is, and do not rank plain text
 * higher; the Prometheus text format for everybody else, also without a header and where nothing fits. Never throws.
 */
export function negotiateExposition(accept?: string): NegotiatedExposition {
  let plain = 0;
  let open = 0;
  for (const range of (accept ?? '').slice(0, 2_000).split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const named = new Map(parameters.map((part) => pairOf(part)));
    const weight = weightOf(named.get('q'));
    const version = named.get('version');
    if (type === 'application/openmetrics-text') {
      if (version === undefined || version === '1.0.0' || version === '0.0.1') open = Math.max(open, weight);
    } else if (type === 'text/plain' && (version === undefined || version === '0.0.4')) {
      plain = Math.max(plain, weight);
    }
  }
  const format = open > 0 && open >= plain ? 'openmetrics' : 'prometheus';
  return { format, contentType: contentTypes[format] };
}

function pairOf(part: string): [string, string] {
  const at = part.indexOf('=');
  if (at === -1) return [part, ''];
  return [
    part.slice(0, at).trim(),
    part
      .slice(at + 1)
      .trim()
      .replaceAll('"', ''),
  ];
}

function weightOf(text: string | undefined): number {
  const weight = text === undefined ? 1 : Number(text);
  return weight >= 0 && weight <= 1 ? weight : 0;
}

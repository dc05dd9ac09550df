import { renderHtml } from './package/html-page.ts';
import { renderMarkdown } from './package/markdown.ts';
import type { PackageInput, RenderedPackage } from './package/package-input.ts';

export type { PackagedAsset, PackagedRun, PackageInput, RenderedPackage } from './package/package-input.ts';

/** The campaign's result as Markdown and as one self-contained HTML file. The same input always gives the same files. */
export function renderPackage(input: PackageInput): RenderedPackage {
  return { markdown: renderMarkdown(input), html: renderHtml(input) };
}

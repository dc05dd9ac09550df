/** Where something was opened: the first place of the stack, the rest behind it. */

/** The place, or that nobody looked: stacks are sampled. */
export function CallSite({ site }: { readonly site: string | null }) {
  if (site === null) {
    return (
      <span className="block text-xs text-muted" title="Stacks are sampled, and this one was not.">
        place not noted
      </span>
    );
  }
  const [first = '', ...rest] = site
    .split('\n')
    .map((line) => line.trim().replace(/^at /u, ''))
    .filter((line) => line !== '');
  if (rest.length === 0) {
    return <code className="block text-xs break-all text-muted">{first}</code>;
  }
  return (
    <details className="text-xs text-muted">
      <summary className="cursor-pointer">
        <code className="break-all">{first}</code>
      </summary>
      <pre className="mt-1 overflow-x-auto rounded-sm bg-sunken p-2 text-2xs">{rest.join('\n')}</pre>
    </details>
  );
}

/** JSON as people read it, with a way to take it along. */
import { useState } from 'react';

import { IconButton } from './button.tsx';
import { classes } from './class-names.ts';

/** Longest text that is laid out at once; the rest is behind a button. */
const shownCharactersMax = 20_000;

/** A value as indented JSON. */
export function Payload({ value, label }: { readonly value: unknown; readonly label: string }) {
  const [whole, setWhole] = useState(false);
  const text = typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? 'nothing');
  const cut = !whole && text.length > shownCharactersMax;
  return (
    <div className="relative min-w-0">
      <CopyButton text={text} label={`Copy ${label}`} className="absolute top-1 right-1 bg-sunken" />
      <pre
        aria-label={label}
        className="max-h-96 overflow-auto rounded-md bg-sunken p-3 pr-10 text-xs whitespace-pre-wrap break-words"
      >
        {cut ? text.slice(0, shownCharactersMax) : text}
      </pre>
      {cut ? (
        <button type="button" className="mt-1 text-xs text-accent underline" onClick={() => setWhole(true)}>
          Show all {text.length.toLocaleString('en-US')} characters
        </button>
      ) : null}
    </div>
  );
}

/** Copies a text and says that it did. */
export function CopyButton({
  text,
  label,
  className,
}: {
  readonly text: string;
  readonly label: string;
  readonly className?: string;
}) {
  const [copied, setCopied] = useState(false);
  // Browsers offer the clipboard to secure origins only.
  if (!globalThis.isSecureContext) return null;
  const copy = () => {
    void navigator.clipboard.writeText(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 1_500);
    });
  };
  return (
    <IconButton
      icon={copied ? 'check' : 'copy'}
      label={copied ? 'Copied' : label}
      onClick={copy}
      className={classes('size-7', className)}
    />
  );
}

/** A command or address in one line that can be copied. */
export function CopyLine({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div className="flex items-center gap-2 rounded-md border border-line bg-sunken py-0.5 pr-1 pl-3">
      <code className="min-w-0 flex-1 overflow-x-auto py-1 text-xs whitespace-nowrap">{text}</code>
      <CopyButton text={text} label={`Copy ${label}`} />
    </div>
  );
}

/** A button that copies a text and says for a moment whether it could. */
import { useEffect, useState } from 'react';

import { Button } from '../../components/button.tsx';

const saidMs = 1_500;

type Outcome = 'Copied' | 'Copy failed';

/** The button; its words tell the outcome for 1.5 s. */
export function CopyButton({
  label,
  text,
  disabled = false,
}: {
  readonly label: string;
  readonly text: () => string;
  readonly disabled?: boolean;
}) {
  const [outcome, setOutcome] = useState<{ readonly said: Outcome } | null>(null);
  useEffect(() => {
    if (outcome === null) return undefined;
    const timer = setTimeout(() => setOutcome(null), saidMs);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async (): Promise<void> => {
    try {
      // Absent where the page is not served safely, which throws here as a refusal does.
      await navigator.clipboard.writeText(text());
      setOutcome({ said: 'Copied' });
    } catch {
      setOutcome({ said: 'Copy failed' });
    }
  };
  return (
    <Button icon="copy" disabled={disabled} onClick={() => void copy()}>
      <span aria-live="polite">{outcome?.said ?? label}</span>
    </Button>
  );
}

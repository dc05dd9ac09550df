/** Uploads several files one after the other and keeps what became of each. */
import type { DocumentSummary } from '@raptorflow/contract';
import { useState } from 'react';

import { admitFile, useUpload } from './documents.ts';

/** Files that were not stored, and why. */
export interface UploadQueue {
  readonly isUploading: boolean;
  readonly problems: readonly string[];
  /** Answers the documents that were stored. */
  readonly upload: (files: readonly File[]) => Promise<readonly DocumentSummary[]>;
}

/** A queue of uploads; a refused file does not stop the others. */
export function useUploadQueue(): UploadQueue {
  const { mutateAsync } = useUpload();
  const [isUploading, setUploading] = useState(false);
  const [problems, setProblems] = useState<readonly string[]>([]);
  const upload = async (files: readonly File[]) => {
    setUploading(true);
    const refused: string[] = [];
    const stored: DocumentSummary[] = [];
    for (const file of files) {
      const admitted = admitFile(file);
      if ('refusal' in admitted) {
        refused.push(admitted.refusal);
        continue;
      }
      try {
        stored.push(await mutateAsync({ file, mediaType: admitted.mediaType }));
      } catch (error) {
        refused.push(`${file.name}: ${error instanceof Error ? error.message : 'it could not be stored.'}`);
      }
    }
    setProblems(refused);
    setUploading(false);
    return stored;
  };
  return { isUploading, problems, upload };
}

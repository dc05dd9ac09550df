/** Takes files that are dropped on it or chosen with it. */
import { type DragEvent, useId, useState } from 'react';

import { classes } from './class-names.ts';
import { Icon } from './icon.tsx';

/** A dashed field with a file chooser inside; keyboard users reach the chooser. */
export function DropZone({
  accept,
  onFiles,
  children,
}: {
  readonly accept: string;
  readonly onFiles: (files: readonly File[]) => void;
  readonly children: React.ReactNode;
}) {
  const [over, setOver] = useState(false);
  const id = useId();
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onFiles([...event.dataTransfer.files]);
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- dropping has its keyboard way: the chooser inside
    <label
      htmlFor={id}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={classes(
        'flex cursor-pointer flex-col items-center gap-1 rounded-md border border-dashed px-4 py-6 text-center',
        'has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent',
        over ? 'border-accent bg-accent-soft' : 'border-line-strong hover:bg-hover',
      )}
    >
      <Icon name="upload" className="size-5 text-muted" />
      {children}
      <input
        id={id}
        type="file"
        multiple
        accept={accept}
        className="sr-only"
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = '';
        }}
      />
    </label>
  );
}

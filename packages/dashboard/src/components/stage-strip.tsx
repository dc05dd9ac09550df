/** A campaign's stages in one line: done, under way, still to come. */
import { campaignStageWords } from '../format/stages.ts';
import { classes } from './class-names.ts';

/** Small segments, one per stage. */
export function StageStrip({
  done,
  total,
  current,
  moving,
}: {
  readonly done: number;
  readonly total: number;
  readonly current: string | null;
  readonly moving: boolean;
}) {
  const word = current === null ? '' : (campaignStageWords[current] ?? current);
  const text = done >= total ? `${total} of ${total} stages` : `${word}, ${done} of ${total} stages done`;
  return (
    <div title={text}>
      <span className="sr-only">{text}</span>
      <div aria-hidden="true" className="flex w-28 gap-0.5">
        {Array.from({ length: total }, (_, index) => (
          <span
            key={index}
            className={classes(
              'h-1.5 flex-1 rounded-full',
              index < done ? 'bg-ok' : index === done && moving ? 'bg-run breathing' : 'bg-hover',
            )}
          />
        ))}
      </div>
    </div>
  );
}

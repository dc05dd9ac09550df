import type { CustomKind } from './custom-kind.ts';
import type { Drops } from './diagnosis.ts';
import type { BoundCustom } from './instrument.ts';
import { Series, type Fold, type TagPairs } from './series.ts';

/** The series of a kind of one's own. */
export class CustomKindSeries<Input, State, Value>
  extends Series<CustomKindSeries<Input, State, Value>>
  implements BoundCustom<Input>
{
  readonly #kind: CustomKind<Input, State, Value>;
  readonly #drops: Drops;
  #state: State | undefined;
  /** What was moved here from series that lost their place. */
  #moved: Value | undefined;
  #observations = 0;

  constructor(
    pairs: TagPairs,
    key: string,
    fold: Fold<CustomKindSeries<Input, State, Value>> | undefined,
    kind: CustomKind<Input, State, Value>,
    drops: Drops,
  ) {
    super(pairs, key, fold);
    this.#kind = kind;
    this.#drops = drops;
  }

  observe(input: Input): void {
    const seat = this.fold === undefined ? this : this.fold.seatOf(this, 1);
    try {
      seat.#state = this.#kind.observe(seat.#state, input);
      seat.#observations += 1;
    } catch {
      this.#drops.note(input, 'observe threw');
    }
  }

  override get ownWeight(): number {
    return this.#observations;
  }

  override moveInto(other: CustomKindSeries<Input, State, Value>): void {
    const value = this.read();
    if (value !== undefined) other.#moved = other.#join(other.#moved, value);
    this.#state = undefined;
    this.#moved = undefined;
    this.#observations = 0;
  }

  /** The value; undefined before the first input, and when the kind's own code fails. */
  override read(): Value | undefined {
    try {
      const own = this.#state === undefined ? undefined : this.#kind.encode(this.#state);
      return own === undefined ? this.#moved : this.#join(this.#moved, own);
    } catch {
      this.#drops.note(this.tags, 'encode or merge threw');
      return undefined;
    }
  }

  #join(before: Value | undefined, value: Value): Value {
    return before === undefined ? value : this.#kind.merge(before, value);
  }
}

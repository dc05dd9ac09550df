import { accessSync } from 'node:fs';
import type { NetworkFigures } from '../../sample.ts';
import type { ByteCursor } from './byte-cursor.ts';
import { MovingTotals } from './moving-totals.ts';

/** What an interface is: a card, something virtual such as a bridge or the end of a tunnel, or the way back to this machine. */
type Kind = 'card' | 'virtual' | 'loopback';

const colon = 58;
/** Containers come and go, each with an interface of its own; after so many they are looked at anew. */
const namesMax = 4_096;

/** Bytes in and out, from `/proc/net/dev`. What goes over a bridge goes over a card, too; only where there is no card, as in a container, virtual interfaces count. */
export class NetworkTraffic {
  readonly #root: string;
  readonly #kinds = new Map<number, Kind>();
  readonly #cards = new MovingTotals(2);
  readonly #others = new MovingTotals(2);
  readonly #counted = new Float64Array(2);
  #cardsSeen = 0;

  constructor(root: string) {
    this.#root = root;
  }

  take(cursor: ByteCursor): void {
    this.#cards.begin();
    this.#others.begin();
    this.#cardsSeen = 0;
    // Two lines of headings.
    cursor.nextLine();
    cursor.nextLine();
    for (; !cursor.isAtEnd; cursor.nextLine()) {
      cursor.skipSpaces();
      const nameAt = cursor.position;
      const id = cursor.wordHash(colon);
      let kind = this.#kinds.get(id);
      if (kind === undefined) this.#remember(id, (kind = this.#look(cursor.textSince(nameAt))));
      cursor.position += 1;
      if (kind !== 'loopback') this.#takeInterface(cursor, id, kind);
    }
    this.#cards.end();
    this.#others.end();
  }

  figures(seconds: number): NetworkFigures {
    const { moved } = this.#cardsSeen > 0 ? this.#cards : this.#others;
    return {
      receivedBytesPerSecond: (moved[0] ?? 0) / seconds,
      sentBytesPerSecond: (moved[1] ?? 0) / seconds,
    };
  }

  #takeInterface(cursor: ByteCursor, id: number, kind: Kind): void {
    this.#counted[0] = cursor.number();
    cursor.skipWords(7);
    this.#counted[1] = cursor.number();
    if (kind === 'card') this.#cardsSeen += 1;
    (kind === 'card' ? this.#cards : this.#others).take(id, this.#counted);
  }

  #remember(id: number, kind: Kind): void {
    if (this.#kinds.size >= namesMax) this.#kinds.clear();
    this.#kinds.set(id, kind);
  }

  #look(name: string): Kind {
    if (name === 'lo') return 'loopback';
    try {
      accessSync(`${this.#root}/sys/class/net/${name}/device`);
      return 'card';
    } catch {
      return 'virtual';
    }
  }
}

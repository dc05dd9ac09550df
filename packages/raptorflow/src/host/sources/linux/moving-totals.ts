/** The counters of one device at the last look. */
interface Device {
  readonly totals: Float64Array;
  look: number;
}

/**
 * How far the counters of many devices moved, summed up. Each is compared with itself, because a sum over all would leap
 * when a device comes or goes.
 */
export class MovingTotals {
  readonly #devices = new Map<number, Device>();
  readonly #fields: number;
  #look = 0;
  #taken = 0;
  readonly moved: Float64Array;

  constructor(fields: number) {
    this.#fields = fields;
    this.moved = new Float64Array(fields);
  }

  begin(): void {
    this.#look += 1;
    this.#taken = 0;
    for (let field = 0; field < this.#fields; field += 1) this.moved[field] = 0;
  }

  /** Takes the present counters of a device in; one that is new has moved by nothing, one that began anew by what it has counted since. */
  take(id: number, totals: Float64Array): void {
    this.#taken += 1;
    let device = this.#devices.get(id);
    if (!device) {
      this.#devices.set(id, (device = { totals: totals.slice(0, this.#fields), look: this.#look }));
      return;
    }
    device.look = this.#look;
    for (let field = 0; field < this.#fields; field += 1) {
      const now = totals[field] ?? 0;
      const before = device.totals[field] ?? 0;
      this.moved[field] = (this.moved[field] ?? 0) + (now >= before ? now - before : now);
      device.totals[field] = now;
    }
  }

  /** Forgets devices that are gone. */
  end(): void {
    if (this.#taken === this.#devices.size) return;
    for (const [id, device] of this.#devices) if (device.look !== this.#look) this.#devices.delete(id);
  }
}

/**
 * Lets callers that ask the same at the same time share one answer, without anybody getting an old one: while a look-up is under way,
 * those that arrive share the next, which begins when it ends, and so after all of them have asked.
 */
export class SharedLookups<Answer> {
  readonly #running = new Map<string, Promise<Answer>>();
  readonly #next = new Map<string, Promise<Answer>>();

  /** The answer of a look-up that begins now or later. `look` is called by one of those who share it. */
  find(question: string, look: () => Promise<Answer>): Promise<Answer> {
    const shared = this.#next.get(question);
    if (shared !== undefined) return shared;
    const running = this.#running.get(question);
    if (running === undefined) return this.#begin(question, look);
    const begin = (): Promise<Answer> => {
      this.#next.delete(question);
      return this.#begin(question, look);
    };
    const next = running.then(begin, begin);
    this.#next.set(question, next);
    return next;
  }

  #begin(question: string, look: () => Promise<Answer>): Promise<Answer> {
    const answer = look();
    this.#running.set(question, answer);
    const end = (): void => {
      if (this.#running.get(question) === answer) this.#running.delete(question);
    };
    answer.then(end, end);
    return answer;
  }
}

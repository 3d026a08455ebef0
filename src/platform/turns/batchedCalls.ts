import { crowdGone, isCrowded } from './turns.js';

/** Of one batch: the longer it is, the longer whoever is first in it waits for the last. */
export const MOST_AT_ONCE = 8;
const MOST_WAIT_MS = 12;

interface WaitingCall<Asked, Answer> {
  readonly asked: Asked;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Puts calls together that come while pieces of work wait for their turn: what they lead to would wait as long anyway, and the
 * database is asked and told less often. While nothing waits each call goes at once, by itself. A batch that fails has failed
 * for all of its calls.
 */
export class BatchedCalls<Asked, Answer> {
  readonly #run: (asked: readonly Asked[]) => Promise<readonly Answer[]>;
  #waiting: WaitingCall<Asked, Answer>[] = [];

  /** @param run answers 1 to `MOST_AT_ONCE` calls, in their order */
  constructor(run: (asked: readonly Asked[]) => Promise<readonly Answer[]>) {
    this.#run = run;
  }

  call(asked: Asked): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ asked, resolve, reject });
      if (!isCrowded() || this.#waiting.length === MOST_AT_ONCE) void this.#send();
      else if (this.#waiting.length === 1) void crowdGone(MOST_WAIT_MS).then(() => this.#send());
    });
  }

  async #send(): Promise<void> {
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    try {
      const answers = await this.#run(batch.map(({ asked }) => asked));
      for (const [i, { resolve }] of batch.entries()) resolve(answers[i] as Answer);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

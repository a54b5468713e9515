// Random choices from one seed, which is printed: TIDEWIRE_SEED=n repeats a run's choices.
import { randomInt } from "node:crypto";

export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  static forTest(name) {
    return new Random(Random.seedOfTest(name));
  }

  static seedOfTest(name) {
    const seed = Number(process.env.TIDEWIRE_SEED ?? randomInt(2 ** 31));
    console.log(`${name}: TIDEWIRE_SEED=${seed}`);
    return seed;
  }

  // An independent generator, so that concurrent actors do not share one sequence.
  fork() {
    return new Random(this.below(2 ** 31));
  }

  // In [0, 1); mulberry32.
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(bound) {
    return Math.floor(this.next() * bound);
  }

  between(least, most) {
    return least + this.below(most - least + 1);
  }

  pick(list) {
    return list[this.below(list.length)];
  }
}

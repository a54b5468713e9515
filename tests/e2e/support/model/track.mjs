// How far a subscriber is in a sequence of changes that it is told without their offsets. Changes may look the same, so there may be
// several of which any can be the last one it was told: those that are possible are remembered, and what is told must follow one of them.
export class Track {
  #steps; // 0: before the first
  #possible; // rising numbers of steps
  #alwaysBefore = [0]; // by step: the last one before it that is told always

  // `steps`: {offset, sight: {told, …}, …} in the order of offsets. `strict`: none that is told always may be left out.
  constructor(steps, strict) {
    this.#steps = [{ offset: 0 }, ...steps];
    this.strict = strict;
    this.#possible = [0];
    for (let at = 1; at <= this.#steps.length; at += 1)
      this.#alwaysBefore.push(this.#steps[at - 1].sight?.told === "always" ? at - 1 : this.#alwaysBefore[at - 1]);
  }

  // It began anew, anywhere but further back, where `fits(step)`: step 0 has no sight. Whether there is such a place.
  begin(fits) {
    const [least] = this.#possible;
    return this.#become([...this.#steps.keys()].filter((at) => at >= least && fits(this.#steps[at])));
  }

  // It was told what fits those steps. Whether this is possible.
  advance(fits) {
    const reached = [];
    let nearest = 0;
    for (let next = this.#possible[0] + 1; next < this.#steps.length; next += 1) {
      while (this.#possible[nearest + 1] < next) nearest += 1;
      if (this.#mayFollow(this.#possible[nearest], next)) {
        if (fits(this.#steps[next])) reached.push(next);
      } else if (nearest === this.#possible.length - 1) {
        break;
      }
    }
    return this.#become(reached);
  }

  // Whether there may be nothing left that it has to be told.
  get isComplete() {
    return this.#mayFollow(this.#possible.at(-1), this.#steps.length);
  }

  // The least that it can be.
  get offset() {
    return this.#steps[this.#possible[0]].offset;
  }

  #mayFollow(last, next) {
    return !this.strict || this.#alwaysBefore[next] <= last;
  }

  #become(places) {
    if (places.length > 0) this.#possible = places;
    return places.length > 0;
  }
}

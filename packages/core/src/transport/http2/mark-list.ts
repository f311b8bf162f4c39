/** A list of stream ids that grows without allocating per entry. */
export class MarkList {
  #ids: Int32Array = new Int32Array(64)
  #count = 0

  get count(): number {
    return this.#count
  }

  at(index: number): number {
    return this.#ids[index] as number
  }

  add(id: number): void {
    if (this.#count === this.#ids.length) {
      const larger = new Int32Array(this.#ids.length * 2)
      larger.set(this.#ids)
      this.#ids = larger
    }
    this.#ids[this.#count++] = id
  }

  clear(): void {
    this.#count = 0
  }
}

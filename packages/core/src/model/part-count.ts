import { malformed } from './unreadable.ts'

/** Far above the largest models: their nodes are counted in tens of thousands. */
const MOST_PARTS = 20_000_000

/** Counts what is read of a file and kept, so that memory stays bounded whatever the file is. */
export class PartCount {
  #count = 0

  add(): void {
    this.#count += 1
    if (this.#count > MOST_PARTS) throw malformed(`it consists of more than ${MOST_PARTS} parts`)
  }
}

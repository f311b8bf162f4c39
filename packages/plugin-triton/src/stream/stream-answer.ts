/**
 * What the load thread needs to know of a `ModelStreamInferResponse`: whose answer it is, whether it is an error, and
 * whether it is the last. Reads bytes in place; one object for all answers.
 */
export class StreamAnswer {
  /** An `error_message`, in place: empty when `errorEnd` equals `errorStart`. */
  errorStart = 0
  errorEnd = 0
  /** The request's id, in place. */
  idStart = 0
  idEnd = 0
  /** `triton_final_response`. */
  final = false
  /** Whether it has outputs; the last answer of a decoupled model may have none. */
  hasOutputs = false
  #at = 0

  /** @returns whether the bytes are such a message */
  read(buffer: Uint8Array, start: number, end: number): boolean {
    this.errorStart = this.errorEnd = this.idStart = this.idEnd = 0
    this.final = this.hasOutputs = false
    this.#at = start
    while (this.#at < end) {
      const tag = this.#varint(buffer, end)
      const length = this.#varint(buffer, end)
      const next = this.#at + length
      if ((tag & 7) !== LENGTH_DELIMITED || next > end) return false
      if (tag === ERROR_MESSAGE) {
        this.errorStart = this.#at
        this.errorEnd = next
      } else if (tag === INFER_RESPONSE && !this.#readResponse(buffer, next)) {
        return false
      }
      this.#at = next
    }
    return true
  }

  /** The fields of a `ModelInferResponse` up to its outputs, which come last. */
  #readResponse(buffer: Uint8Array, end: number): boolean {
    while (this.#at < end) {
      const tag = this.#varint(buffer, end)
      const length = this.#varint(buffer, end)
      const next = this.#at + length
      if ((tag & 7) !== LENGTH_DELIMITED || next > end) return false
      if (tag === ID) {
        this.idStart = this.#at
        this.idEnd = next
      } else if (tag === PARAMETERS) {
        this.#readParameter(buffer, next)
      } else if (tag === OUTPUTS) {
        this.hasOutputs = true
        return true
      }
      this.#at = next
    }
    return true
  }

  /** Only one parameter counts, and only when it is true: `{ key, value: { bool_param: true } }`. */
  #readParameter(buffer: Uint8Array, end: number): void {
    if (end - this.#at !== FINAL.length) return
    for (let index = 0; index < FINAL.length; index++) {
      if (buffer[this.#at + index] !== FINAL[index]) return
    }
    this.final = true
  }

  #varint(buffer: Uint8Array, end: number): number {
    let value = 0
    let scale = 1
    while (this.#at < end) {
      const byte = buffer[this.#at++] as number
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
    // Cut off: larger than anything that follows.
    return Infinity
  }
}

const LENGTH_DELIMITED = 2
/** Tags of `ModelStreamInferResponse`. */
const ERROR_MESSAGE = 0x0a
const INFER_RESPONSE = 0x12
/** Tags of `ModelInferResponse`. */
const ID = 0x1a
const PARAMETERS = 0x22
const OUTPUTS = 0x2a
/** The entry of `parameters` that marks the last answer: key, and a value with `bool_param` 1. */
const FINAL: Uint8Array = Buffer.from('\n\x15triton_final_response\x12\x02\x08\x01', 'latin1')

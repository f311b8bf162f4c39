import { Code } from './codes.ts'
import type { Handle, Nvml } from './library.ts'

/** `nvmlFieldValue_t`, and where its members are. */
const SIZE = 40
const TYPE = 24
const RETURN = 28
const VALUE = 32

/** Fields that are read by their number. */
export const Field = {
  memoryTemperature: 82,
  powerAverage: 185,
  powerInstant: 186,
  pcieSentBytes: 197,
  pcieReceivedBytes: 198,
} as const

/** Reads one field at a time into a buffer of its own. */
export class FieldReader {
  readonly #nvml: Nvml
  readonly #bytes = new Uint8Array(SIZE)
  readonly #view = new DataView(this.#bytes.buffer)

  constructor(nvml: Nvml) {
    this.#nvml = nvml
  }

  /** The value of the last field that was read. */
  value: number = NaN

  /** @returns a code; `value` is the field's when that is success */
  read(device: Handle, field: number): number {
    this.#bytes.fill(0)
    this.#view.setUint32(0, field, true)
    const code = this.#nvml.nvmlDeviceGetFieldValues(device, 1, this.#bytes)
    if (code !== Code.success) return code
    const own = this.#view.getInt32(RETURN, true)
    if (own === Code.success) this.value = this.#typed(this.#view.getInt32(TYPE, true))
    return own
  }

  /** `nvmlValueType_t`; an `unsigned long` has 64 bits but on Windows, where what follows its 32 is zero. */
  #typed(type: number): number {
    switch (type) {
      case 0:
        return this.#view.getFloat64(VALUE, true)
      case 1:
        return this.#view.getUint32(VALUE, true)
      case 2:
      case 3:
        return Number(this.#view.getBigUint64(VALUE, true))
      case 4:
        return Number(this.#view.getBigInt64(VALUE, true))
      case 5:
        return this.#view.getInt32(VALUE, true)
      case 6:
        return this.#view.getUint16(VALUE, true)
      default:
        return NaN
    }
  }
}

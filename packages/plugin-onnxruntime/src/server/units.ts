const NANOS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9 }
const BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

/** Nanoseconds of a duration such as `500us`, or `null`. */
export function readDuration(text: string): number | null {
  return readQuantity(text, NANOS)
}

/** Bytes of a size such as `64MiB`, or `null`. */
export function readSize(text: string): number | null {
  return readQuantity(text, BYTES)
}

function readQuantity(text: string, units: Readonly<Record<string, number>>): number | null {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)([a-zA-Z]+)$/.exec(text) ?? []
  const factor = units[unit]
  return factor === undefined ? null : Math.round(Number(number) * factor)
}

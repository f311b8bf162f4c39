import { readBytesElements } from '../inference/bytes-tensor.ts'
import type { OutputTensor } from '../model/inference-call.ts'

/**
 * An output's values as a flat JSON array. JSON has no NaN and no infinities: they become `null`, and so the text is
 * valid everywhere; binary data carries them exactly. Zero keeps its sign.
 */
export function formatJsonData(output: OutputTensor): string {
  const { type } = output.info
  const { bytes } = output
  if (type.size === 0) {
    const decoder = new TextDecoder()
    return JSON.stringify(readBytesElements(bytes).map((element) => decoder.decode(element.slice())))
  }
  if (type.name === 'BOOL') return `[${Array.from(bytes, (value) => value !== 0).join(',')}]`
  const aligned = bytes.byteOffset % type.size === 0 ? bytes : bytes.slice()
  const array = new type.array(
    aligned.buffer as ArrayBuffer,
    aligned.byteOffset,
    aligned.byteLength / type.size,
  )
  if (!type.name.startsWith('FP')) return `[${array.join(',')}]`
  const text = signedZeros(array as Float32Array | Float64Array).join(',')
  return `[${/[NI]/.test(text) ? text.replace(/NaN|-?Infinity/g, 'null') : text}]`
}

/** A number's text drops the sign of -0. Written as -0.0, readers that take -0 for an integer keep it too. */
function signedZeros(
  values: Float32Array | Float64Array,
): ArrayLike<unknown> & { join(separator: string): string } {
  let at = values.indexOf(0)
  while (at !== -1 && !Object.is(values[at], -0)) at = values.indexOf(0, at + 1)
  if (at === -1) return values
  return Array.from(values, (value) => (Object.is(value, -0) ? '-0.0' : value))
}

import { readBytesElements } from '../inference/bytes-tensor.ts'
import type { OutputTensor } from '../model/inference-call.ts'

/**
 * An output's values as a flat JSON array. JSON has no NaN and no infinities: they become `null`, and so the text is
 * valid everywhere; binary data carries them exactly.
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
  const text = array.join(',')
  return `[${type.name.startsWith('FP') && /[NI]/.test(text) ? text.replace(/NaN|-?Infinity/g, 'null') : text}]`
}

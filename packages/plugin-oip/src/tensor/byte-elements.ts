/** The protocol's form of BYTES tensors: each element is a little-endian uint32 length and its bytes. */

const PREFIX_BYTES = 4

export function joinElements(elements: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = elements.reduce((sum, element) => sum + PREFIX_BYTES + element.length, 0)
  const joined = new Uint8Array(length)
  const view = new DataView(joined.buffer)
  let at = 0
  for (const element of elements) {
    view.setUint32(at, element.length, true)
    joined.set(element, at + PREFIX_BYTES)
    at += PREFIX_BYTES + element.length
  }
  return joined
}

/** @returns views of `bytes`, or `null` when the lengths do not add up */
export function splitElements(bytes: Uint8Array): Uint8Array[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const elements: Uint8Array[] = []
  let at = 0
  while (at < bytes.length) {
    if (bytes.length - at < PREFIX_BYTES) return null
    const start = at + PREFIX_BYTES
    const length = view.getUint32(at, true)
    if (length > bytes.length - start) return null
    elements.push(bytes.subarray(start, start + length))
    at = start + length
  }
  return elements
}

/** Elements of a BYTES tensor: each is 4 bytes of length (little-endian) and that many bytes. */
export function readBytesElements(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const elements: Uint8Array[] = []
  for (let at = 0; at < bytes.byteLength;) {
    if (at + 4 > bytes.byteLength) throw new RangeError('an element lacks its length')
    const length = view.getUint32(at, true)
    at += 4
    if (at + length > bytes.byteLength) throw new RangeError('an element is longer than the data')
    elements.push(bytes.subarray(at, at + length))
    at += length
  }
  return elements
}

export function joinBytesElements(elements: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(elements.reduce((total, element) => total + 4 + element.byteLength, 0))
  const view = new DataView(joined.buffer)
  let at = 0
  for (const element of elements) {
    view.setUint32(at, element.byteLength, true)
    joined.set(element, at + 4)
    at += 4 + element.byteLength
  }
  return joined
}

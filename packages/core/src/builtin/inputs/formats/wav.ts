const HEADER_BYTES = 44
const LOUDEST = 32_767

/** Mono samples from −1 to 1 as a WAV file: RIFF with 16-bit PCM. */
export function encodeWav(samples: Float32Array, rate: number): Uint8Array {
  const size = samples.length * 2
  const file = Buffer.alloc(HEADER_BYTES + size)
  file.write('RIFF', 0, 'latin1')
  file.writeUInt32LE(HEADER_BYTES - 8 + size, 4)
  file.write('WAVEfmt ', 8, 'latin1')
  file.writeUInt32LE(16, 16)
  file.writeUInt16LE(1, 20)
  file.writeUInt16LE(1, 22)
  file.writeUInt32LE(rate, 24)
  file.writeUInt32LE(rate * 2, 28)
  file.writeUInt16LE(2, 32)
  file.writeUInt16LE(16, 34)
  file.write('data', 36, 'latin1')
  file.writeUInt32LE(size, 40)
  for (let index = 0; index < samples.length; index++) {
    const value = Math.max(-1, Math.min(1, samples[index] as number))
    file.writeInt16LE(Math.round(value * LOUDEST), HEADER_BYTES + 2 * index)
  }
  return file
}

/** `nvmlReturn_t` of nvml.h, as far as it is told apart. */
export const Code = {
  success: 0,
  uninitialized: 1,
  invalidArgument: 2,
  notSupported: 3,
  noPermission: 4,
  notFound: 6,
  insufficientSize: 7,
  driverNotLoaded: 9,
  functionNotFound: 13,
  gpuIsLost: 15,
  resetRequired: 16,
  operatingSystem: 17,
  versionMismatch: 18,
  noData: 21,
  unknown: 999,
} as const

const WORDS: Readonly<Record<number, string>> = {
  [Code.uninitialized]: 'NVML is not initialised',
  [Code.invalidArgument]: 'an argument is invalid',
  [Code.notSupported]: 'not supported by this GPU',
  [Code.noPermission]: 'this user has no permission',
  [Code.notFound]: 'not found',
  [Code.driverNotLoaded]: 'the NVIDIA driver is not loaded',
  [Code.functionNotFound]: 'unknown to this driver',
  [Code.gpuIsLost]: 'the GPU has fallen off the bus or is inaccessible',
  [Code.resetRequired]: 'the GPU needs a reset',
  [Code.operatingSystem]: 'the operating system or its cgroups block the GPU',
  [Code.versionMismatch]:
    'driver and library are of different versions (restart after an update of the driver)',
  [Code.noData]: 'no data',
}

/** A call of NVML that did not succeed. */
export class NvmlError extends Error {
  override readonly name = 'NvmlError'
  readonly code: number

  constructor(code: number, what: string) {
    super(`${what}: ${wordsOf(code)}`)
    this.code = code
  }

  /** Nothing more can be read from this GPU. */
  get isLoss(): boolean {
    return this.code === Code.gpuIsLost || this.code === Code.resetRequired
  }
}

export function wordsOf(code: number): string {
  return WORDS[code] ?? `NVML error ${code}`
}

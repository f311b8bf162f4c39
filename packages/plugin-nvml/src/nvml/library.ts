import { Code } from './codes.ts'

/** An `nvmlDevice_t`: opaque, as large as a pointer. */
export type Handle = bigint

/** The functions of NVML that are used here; all return an `nvmlReturn_t`. Structures are plain bytes. */
export interface Nvml {
  nvmlInit_v2(): number
  nvmlShutdown(): number
  nvmlSystemGetDriverVersion(version: Uint8Array, length: number): number
  nvmlDeviceGetCount_v2(count: Uint32Array): number
  nvmlDeviceGetHandleByIndex_v2(index: number, device: BigUint64Array): number
  nvmlDeviceGetName(device: Handle, name: Uint8Array, length: number): number
  nvmlDeviceGetUUID(device: Handle, uuid: Uint8Array, length: number): number
  nvmlDeviceGetArchitecture(device: Handle, architecture: Uint32Array): number
  nvmlDeviceGetPowerUsage(device: Handle, milliwatts: Uint32Array): number
  nvmlDeviceGetEnforcedPowerLimit(device: Handle, milliwatts: Uint32Array): number
  nvmlDeviceGetTotalEnergyConsumption(device: Handle, millijoules: BigUint64Array): number
  nvmlDeviceGetFieldValues(device: Handle, count: number, values: Uint8Array): number
  nvmlDeviceGetUtilizationRates(device: Handle, utilization: Uint32Array): number
  nvmlDeviceGetMemoryInfo_v2(device: Handle, memory: BigUint64Array): number
  nvmlDeviceGetMemoryInfo(device: Handle, memory: BigUint64Array): number
  nvmlDeviceGetClockInfo(device: Handle, type: number, megahertz: Uint32Array): number
  nvmlDeviceGetTemperature(device: Handle, sensor: number, celsius: Uint32Array): number
  nvmlDeviceGetCurrentClocksEventReasons(device: Handle, reasons: BigUint64Array): number
  nvmlDeviceGetCurrentClocksThrottleReasons(device: Handle, reasons: BigUint64Array): number
  nvmlDeviceGetPcieThroughput(device: Handle, counter: number, kilobytesPerSecond: Uint32Array): number
  nvmlDeviceGetComputeRunningProcesses_v3(device: Handle, count: Uint32Array, infos: Uint8Array): number
  nvmlDeviceGetMigMode(device: Handle, current: Uint32Array, pending: Uint32Array): number
  nvmlDeviceGetMaxMigDeviceCount(device: Handle, count: Uint32Array): number
  nvmlDeviceGetMigDeviceHandleByIndex(device: Handle, index: number, mig: BigUint64Array): number
}

/** Arguments of each function: `d` a handle, `u` an `unsigned int`, `i` an `int`, `p` a pointer to where a result goes. */
const SIGNATURES: Readonly<Record<keyof Nvml, string>> = {
  nvmlInit_v2: '',
  nvmlShutdown: '',
  nvmlSystemGetDriverVersion: 'pu',
  nvmlDeviceGetCount_v2: 'p',
  nvmlDeviceGetHandleByIndex_v2: 'up',
  nvmlDeviceGetName: 'dpu',
  nvmlDeviceGetUUID: 'dpu',
  nvmlDeviceGetArchitecture: 'dp',
  nvmlDeviceGetPowerUsage: 'dp',
  nvmlDeviceGetEnforcedPowerLimit: 'dp',
  nvmlDeviceGetTotalEnergyConsumption: 'dp',
  nvmlDeviceGetFieldValues: 'dip',
  nvmlDeviceGetUtilizationRates: 'dp',
  nvmlDeviceGetMemoryInfo_v2: 'dp',
  nvmlDeviceGetMemoryInfo: 'dp',
  nvmlDeviceGetClockInfo: 'dup',
  nvmlDeviceGetTemperature: 'dup',
  nvmlDeviceGetCurrentClocksEventReasons: 'dp',
  nvmlDeviceGetCurrentClocksThrottleReasons: 'dp',
  nvmlDeviceGetPcieThroughput: 'dup',
  nvmlDeviceGetComputeRunningProcesses_v3: 'dpp',
  nvmlDeviceGetMigMode: 'dpp',
  nvmlDeviceGetMaxMigDeviceCount: 'dp',
  nvmlDeviceGetMigDeviceHandleByIndex: 'dup',
}
const TYPES: Readonly<Record<string, string>> = { d: 'void *', u: 'uint32', i: 'int', p: 'void *' }

/**
 * Loads NVML. A function that this version of it does not have answers `functionNotFound`.
 * @param names of the library, tried in this order
 * @throws {Error} when there is none, or koffi does not work on this machine
 */
export async function loadNvml(names: readonly string[]): Promise<Nvml> {
  const { default: koffi } = await import('koffi')
  const failures: string[] = []
  for (const name of names) {
    try {
      const library = koffi.load(name)
      const functions = Object.entries(SIGNATURES).map(([symbol, args]) => {
        try {
          const types = args.split('').map((kind) => TYPES[kind] as string)
          return [symbol, library.func(symbol, 'int', types)] as const
        } catch {
          return [symbol, (): number => Code.functionNotFound] as const
        }
      })
      return Object.fromEntries(functions) as Nvml & Record<string, never>
    } catch (error) {
      failures.push((error as Error).message)
    }
  }
  throw new Error(`there is no NVML (${names.join(', ')}): ${failures.at(-1) ?? 'no library is named'}`)
}

/** Text that a function has written, up to its end. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return Buffer.from(bytes.subarray(0, end === -1 ? bytes.length : end)).toString('utf8')
}

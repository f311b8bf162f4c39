import type { Nvml } from '../../src/nvml/library.ts'
import { Code } from '../../src/nvml/codes.ts'

/** What functions answer: a code alone, or values that go into their out-parameter, one per element or byte. */
export type Answers = Partial<Record<keyof Nvml, number | readonly (number | bigint)[] | string>>

/** NVML as a table of answers: what is not in it is unknown to this driver. Fields are in `fields`. */
export function replay(answers: Answers, fields: Readonly<Record<number, number>> = {}): Nvml {
  const target = new Proxy({} as Nvml, {
    get:
      (_, name: keyof Nvml) =>
      (...args: unknown[]): number => {
        if (name === 'nvmlDeviceGetFieldValues') return answerField(args[2] as Uint8Array, fields)
        const answer = answers[name]
        if (answer === undefined) return Code.functionNotFound
        if (typeof answer === 'number') return answer
        const into = args.find((arg) => ArrayBuffer.isView(arg)) as Uint32Array | BigUint64Array | Uint8Array
        if (typeof answer === 'string') into.set(Buffer.from(`${answer}\0`) as never)
        else for (const [index, value] of answer.entries()) into[index] = value as never
        return Code.success
      },
  })
  return target
}

function answerField(bytes: Uint8Array, fields: Readonly<Record<number, number>>): number {
  const view = new DataView(bytes.buffer)
  const value = fields[view.getUint32(0, true)]
  view.setInt32(24, 1, true)
  view.setInt32(28, value === undefined ? Code.notSupported : Code.success, true)
  if (value !== undefined) view.setUint32(32, value, true)
  return Code.success
}

/** As a T4 answers, with a driver of its time. */
export const T4: Answers = {
  nvmlInit_v2: 0,
  nvmlShutdown: 0,
  nvmlSystemGetDriverVersion: '470.82.01',
  nvmlDeviceGetCount_v2: [1],
  nvmlDeviceGetHandleByIndex_v2: [7n],
  nvmlDeviceGetName: 'Tesla T4',
  nvmlDeviceGetUUID: 'GPU-d2a1',
  nvmlDeviceGetArchitecture: [6],
  nvmlDeviceGetPowerUsage: [27_345],
  nvmlDeviceGetEnforcedPowerLimit: [70_000],
  nvmlDeviceGetTotalEnergyConsumption: [123_456_789n],
  nvmlDeviceGetUtilizationRates: [31, 12],
  // total, free, used
  nvmlDeviceGetMemoryInfo: [15_843_721_216n, 15_000_000_000n, 843_721_216n],
  nvmlDeviceGetClockInfo: [585],
  nvmlDeviceGetTemperature: [44],
  nvmlDeviceGetCurrentClocksThrottleReasons: [0x24n],
  nvmlDeviceGetPcieThroughput: [1000],
  nvmlDeviceGetComputeRunningProcesses_v3: [0],
  nvmlDeviceGetMigMode: Code.notSupported,
}

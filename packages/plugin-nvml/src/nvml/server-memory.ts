import { readFileSync } from 'node:fs'
import { Code } from './codes.ts'
import type { Handle, Nvml } from './library.ts'

/** `nvmlProcessInfo_t` of version 2, and where its members are. */
const SIZE = 24
const PID = 0
const USED = 8
/** `NVML_VALUE_NOT_AVAILABLE` */
const NOT_AVAILABLE = 0xffff_ffff_ffff_ffffn
/** More processes than anybody runs on one GPU. */
const MOST = 1024
const MOST_ANCESTORS = 64

/** Processes that compute on a GPU, and the memory of those that belong to the measured server. */
export class ServerMemory {
  readonly #nvml: Nvml
  readonly #handle: Handle
  readonly #roots: ReadonlySet<number>
  readonly #count = new Uint32Array(1)
  readonly #members = new Map<number, boolean>()
  #bytes = new Uint8Array(32 * SIZE)

  count = 0
  /** Bytes; NaN when the driver does not tell it. */
  used = 0

  constructor(nvml: Nvml, handle: Handle, processes: readonly number[]) {
    this.#nvml = nvml
    this.#handle = handle
    this.#roots = new Set(processes)
  }

  /** @returns a code */
  refresh(): number {
    let code = this.#list()
    while (code === Code.insufficientSize && this.#bytes.length < MOST * SIZE) {
      this.#bytes = new Uint8Array(this.#bytes.length * 2)
      code = this.#list()
    }
    if (code !== Code.success) return code
    this.count = this.#count[0] as number
    this.used = 0
    const view = new DataView(this.#bytes.buffer)
    for (let index = 0; index < this.count; index++) {
      const pid = view.getUint32(index * SIZE + PID, true)
      if (!this.#belongs(pid)) continue
      const bytes = view.getBigUint64(index * SIZE + USED, true)
      this.used += bytes === NOT_AVAILABLE ? NaN : Number(bytes)
    }
    return code
  }

  #list(): number {
    this.#count[0] = this.#bytes.length / SIZE
    return this.#nvml.nvmlDeviceGetComputeRunningProcesses_v3(this.#handle, this.#count, this.#bytes)
  }

  /** A process of the server, or one that such a process has started. */
  #belongs(pid: number): boolean {
    let known = this.#members.get(pid)
    if (known === undefined) {
      known = this.#isDescendant(pid)
      this.#members.set(pid, known)
    }
    return known
  }

  #isDescendant(pid: number): boolean {
    for (let [own, steps] = [pid, 0]; own > 1 && steps < MOST_ANCESTORS; steps++) {
      if (this.#roots.has(own)) return true
      own = parentOf(own)
    }
    return false
  }
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return 0
  }
}

import type { ServerControl, ServerProcess, ServerStatistics, RunningServer } from '../hooks/server.ts'

/** Several processes of one server as one: its first one, but for what concerns all of them. */
export function asOneServer(replicas: readonly RunningServer[]): RunningServer {
  const [first] = replicas as readonly [RunningServer, ...RunningServer[]]
  const processes = replicas.flatMap(({ process }) => process ?? [])
  return {
    ...first,
    replicas,
    process: processes.length === replicas.length ? asOneProcess(processes) : first.process,
    control: asOneControl(replicas),
    startup: slowest(replicas.map(({ startup }) => startup)),
    stop: async () => {
      await Promise.all(replicas.map((replica) => replica.stop()))
    },
  }
}

/** One that dies is what a trial may be about: the server has ended when all of them have. */
function asOneProcess(processes: readonly ServerProcess[]): ServerProcess {
  const [first] = processes as readonly [ServerProcess, ...ServerProcess[]]
  return {
    pid: first.pid,
    logTail: () =>
      processes.map((process, index) => `replica ${index + 1}:\n${process.logTail()}`).join('\n'),
    exited: Promise.all(processes.map((process) => process.exited)).then(
      (exits) => exits.at(-1) ?? { code: null, signal: null },
    ),
    stop: async (grace) => {
      await Promise.all(processes.map((process) => process.stop(grace)))
    },
  }
}

function asOneControl(replicas: readonly RunningServer[]): ServerControl | null {
  const controls = replicas.flatMap(({ control }) => control ?? [])
  const [first] = controls
  if (first === undefined || controls.length < replicas.length) return null
  return {
    health: async () => {
      const all = await Promise.all(controls.map((control) => control.health()))
      return { live: all.every(({ live }) => live), ready: all.every(({ ready }) => ready) }
    },
    metadata: () => first.metadata(),
    ...(first.batching === undefined
      ? {}
      : {
          batching: async (target) => {
            const found = (await first.batching?.(target)) ?? null
            return found && { ...found, instances: found.instances * controls.length }
          },
        }),
    ...(first.configure === undefined
      ? {}
      : {
          configure: async (state, options) => {
            const effective = []
            for (const control of controls) effective.push(await control.configure?.(state, options))
            return effective[0] ?? null
          },
        }),
    ...(first.restore === undefined
      ? {}
      : {
          restore: async () => {
            for (const control of controls) await control.restore?.()
          },
        }),
    ...(first.statistics === undefined
      ? {}
      : {
          statistics: async () =>
            // Counters of one that has died are gone: what it did cannot be told any more.
            byReplica(
              await Promise.all(
                controls.map(async (control) => (await control.statistics?.().catch(() => NONE)) ?? NONE),
              ),
            ),
        }),
  }
}

const NONE: ServerStatistics = { models: {} }

/** Models of the first replica under their names, those of others with the number of the replica. */
function byReplica(all: readonly ServerStatistics[]): ServerStatistics {
  return {
    models: Object.fromEntries(
      all.flatMap(({ models }, index) =>
        Object.entries(models).map(([name, model]) => [
          index === 0 ? name : `${name} (replica ${index + 1})`,
          model,
        ]),
      ),
    ),
  }
}

function slowest(startups: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const all: Record<string, number> = {}
  for (const [name, nanos] of startups.flatMap((one) => Object.entries(one)))
    all[name] = Math.max(all[name] ?? 0, nanos)
  return all
}

import { API_VERSION, definePlugin, moduleUrl } from 'servebench/plugin'
import type { BenchPlugin, JsonValue, RunningServer } from 'servebench/plugin'
import type { TorchServeControl } from './control/torchserve-control.ts'
import { KIND, PACKAGE } from './kind.ts'
import type { RequestTimes } from './metrics/request-times.ts'
import { SUITE_TAG } from './suite/suite-tag.ts'
import type { Access } from './token/token-source.ts'

const OPEN: Access = { inference: null, management: null }

/** Provides targets and servers of the kind `torchserve`. Applied by itself when a bench file uses one. */
export const plugin: BenchPlugin = definePlugin({
  name: PACKAGE,
  apiVersion: API_VERSION,
  apply({ hooks, root }) {
    /** Where the tokens of servers are; never part of what is stored. */
    const keys = new WeakMap<object, Access>()
    // A server may be handed on as a copy; its control is the same.
    const accessTo = (server: RunningServer | null): Access => keys.get(server?.control ?? keys) ?? OPEN
    const logged = new Map<string, ReadonlyMap<string, RequestTimes>>()
    // What connects and launches is only loaded when something does: a bench file that imports the target stays cheap.
    hooks.connect.for(KIND).tapPromise(PACKAGE, async (target, context) => {
      const { connect } = await import('./connect.ts')
      return connect(target, context, { root, access: accessTo(context.server) })
    })
    hooks.launch.for(KIND).tapPromise(PACKAGE, async (plan, context) => {
      const { server, access } =
        plan.launch['mode'] === 'attach'
          ? await (await import('./launch/attach-server.ts')).attachServer(plan, context)
          : await (await import('./launch/launch-server.ts')).launchServer(plan, context)
      if (server.control !== null) keys.set(server.control, access)
      return server
    })
    hooks.writeModels.for(KIND).tapPromise(PACKAGE, async (server, context) => {
      const { writeModels } = await import('./launch/write-models.ts')
      return writeModels(server, context)
    })
    hooks.tune.for(KIND).tapPromise(PACKAGE, async () => (await import('./tuning/tuning.ts')).tuning)
    hooks.control.for(KIND).tapPromise(PACKAGE, async (target, context) => {
      const { controlTarget } = await import('./control/control-target.ts')
      return controlTarget(target, context, { root, access: accessTo(context.server) })
    })
    hooks.createSampler.for(KIND).tapPromise(PACKAGE, async ({ options }, context) => {
      const { readSamplerSettings } = await import('./gauges/settings.ts')
      const { management } = accessTo(context.server)
      return {
        module: moduleUrl(import.meta.url, './gauges/sampler'),
        options: readSamplerSettings(options, context, management) as unknown as JsonValue,
      }
    })
    hooks.runStart.tapPromise(PACKAGE, async () => {
      logged.clear()
    })
    hooks.trialEnd.tapPromise(PACKAGE, async (trial, { server }) => {
      const times = (server?.control as TorchServeControl | null | undefined)?.requestTimes?.()
      if (times !== undefined && trial.server?.kind === KIND) logged.set(trial.id, times)
    })
    hooks.analyse.tapPromise(PACKAGE, async (tables, context) => {
      const { analyse } = await import('./analyses/analyse.ts')
      tables.push(...analyse(context.result, logged))
      const { joinHandlers } = await import('./profile/join-handlers.ts')
      const joined = await joinHandlers(context)
      if (joined !== null) tables.push(joined)
    })
    hooks.report.tapPromise(PACKAGE, async (result, context) => {
      if (!result.cases.some(({ tags }) => tags.includes(SUITE_TAG))) return
      const { abReports } = await import('./suite/ab-report.ts')
      const { renderSuite } = await import('./suite/render-suite.ts')
      for (const { path, text } of renderSuite(abReports(result), result))
        await context.write(`torchserve-suite/${path}`, text)
    })
  },
})

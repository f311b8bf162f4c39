import { isSecret, parseDuration, readOption, withPort } from 'servebench/plugin'
import type { Problem, Secret } from 'servebench/plugin'
import { parseHttpUrl } from 'servebench/session'
import type { TokenSource } from '../token/token-source.ts'
import type { TorchServeAttachOptions, TorchServeLaunchOptions } from './options.ts'
import type { PlannedLaunch } from './plan.ts'

const MANAGEMENT_PORT = '8081'
const METRICS_PORT = '8082'
const GRPC_PORT = '7070'

/** Addresses, files and security: a server that listens elsewhere would not be found, or be found by others. */
const OWN_PROPERTIES =
  /^(?:(?:grpc_)?(?:inference|management)_(?:address|port)|metrics_address|metrics_mode|model_store|workflow_store|load_models|models|disable_token_authorization|enable_model_api)$/

export function planLaunch(
  {
    binary,
    properties = {},
    env = {},
    metrics = 'prometheus',
    tokens = false,
    startTimeout = '120s',
  }: TorchServeLaunchOptions,
  problems: Problem[],
): PlannedLaunch {
  if (metrics !== 'prometheus' && metrics !== 'log')
    problems.push({ path: 'metrics', message: "must be 'prometheus' or 'log'." })
  for (const [name, value] of Object.entries(properties)) checkProperty(name, value, problems)
  return {
    mode: 'launch',
    binary: binary ?? null,
    properties,
    env,
    metrics,
    tokens,
    startTimeout: readOption('startTimeout', startTimeout, parseDuration, 0, problems),
  }
}

export function checkProperty(name: string, value: string | number | boolean, problems: Problem[]): void {
  const path = `properties.${name}`
  if (!/^[\w.]+$/.test(name) || /[\r\n]/.test(String(value)))
    problems.push({ path, message: 'is no property.' })
  if (OWN_PROPERTIES.test(name)) problems.push({ path, message: 'is for servebench to set.' })
}

export function planAttachment(options: TorchServeAttachOptions, problems: Problem[]): PlannedLaunch {
  const { url, keyFile, token, managementToken, headers = {}, tls = null, logs = null } = options
  const origin = (path: string, text: string): string =>
    readOption(path, text, (each) => parseHttpUrl(each).origin, '', problems)
  const http = origin('url', url)
  const { managementUrl = withPort(http, MANAGEMENT_PORT), grpcUrl = withPort(http, GRPC_PORT) } = options
  const { metricsUrl = `${withPort(http, METRICS_PORT)}/metrics` } = options
  for (const [path, value] of Object.entries({ token, managementToken })) {
    if (value !== undefined && !isSecret(value))
      problems.push({ path, message: "must be a reference, for example env('TOKEN')." })
  }
  if (keyFile !== undefined && (token ?? managementToken) !== undefined)
    problems.push({ path: 'keyFile', message: 'and tokens exclude each other.' })
  const access = (secret: Secret | undefined): TokenSource | null =>
    keyFile !== undefined ? { keyFile } : secret === undefined ? null : { secret }
  return {
    mode: 'attach',
    http,
    grpc: origin('grpcUrl', grpcUrl),
    management: managementUrl === null ? null : origin('managementUrl', managementUrl),
    metrics:
      metricsUrl === null
        ? null
        : readOption('metricsUrl', metricsUrl, (text) => parseHttpUrl(text).href, '', problems),
    logs,
    inferenceAccess: access(token),
    managementAccess: access(managementToken),
    headers,
    tls,
  }
}

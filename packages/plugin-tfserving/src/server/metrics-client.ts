import { errorText } from '@servebench/plugin-oip/control'
import { ExitCode, parsePrometheus, ServebenchError } from 'servebench/plugin'
import type { MetricSample } from 'servebench/plugin'
import { RestCaller } from 'servebench/session'
import type { ServingClientOptions } from './serving-client.ts'

const OK = 200

/** The Prometheus page of a server, which its REST port has when its configuration says so. */
export class MetricsClient {
  readonly #url: string
  readonly #caller: RestCaller

  constructor(url: string, options: ServingClientOptions = {}) {
    this.#url = url
    this.#caller = new RestCaller(options)
  }

  /** @throws {ServebenchError} when there is no such page */
  async text(): Promise<string> {
    const { status, body } = await this.#caller.call('GET', this.#url)
    if (status === OK) return body.toString()
    const said = errorText(body).slice(0, 200)
    const message = `${this.#url} answers HTTP ${status} instead of metrics${said === '' ? '' : `: ${said}`}`
    throw new ServebenchError('SERVEBENCH_TFSERVING_METRICS', message.replace(/\.?$/, '.'), {
      advice: 'Start the server with --monitoring_config_file and prometheus_config { enable: true }.',
      exitCode: ExitCode.target,
    })
  }

  async samples(): Promise<readonly MetricSample[]> {
    return parsePrometheus(await this.text())
  }
}

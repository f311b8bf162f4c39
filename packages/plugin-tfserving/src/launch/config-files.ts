import { MODEL_PLATFORM } from '../model/model-config.ts'
import type { ModelConfig, VersionPolicy } from '../model/model-config.ts'
import { METRICS_PATH } from '../server/paths.ts'
import type { PlannedBatching } from './plan-launch.ts'

// Files of protobuf's text format, as the server reads them.

/** For `--model_config_file`. */
export function formatModelConfig(models: readonly ModelConfig[]): string {
  return block('model_config_list', models.flatMap(formatModel))
}

/** For `--monitoring_config_file`. */
export function formatMonitoringConfig(): string {
  return block('prometheus_config', ['enable: true', `path: ${quote(METRICS_PATH)}`])
}

/** For `--batching_parameters_file`. */
export function formatBatchingParameters(batching: PlannedBatching): string {
  return Object.entries(batching)
    .flatMap(([name, value]) => {
      if (Array.isArray(value)) return value.map((size) => `${name}: ${size}\n`)
      // The only field that is no message of its own.
      return name === 'pad_variable_length_inputs' ? `${name}: ${value}\n` : `${name} { value: ${value} }\n`
    })
    .join('')
}

function formatModel({ name, basePath, versions, labels }: ModelConfig): string[] {
  return block('config', [
    `name: ${quote(name)}`,
    `base_path: ${quote(basePath)}`,
    `model_platform: ${quote(MODEL_PLATFORM)}`,
    ...(versions === null ? [] : [`model_version_policy { ${formatPolicy(versions)} }`]),
    ...Object.entries(labels).map(
      ([label, version]) => `version_labels { key: ${quote(label)} value: ${version} }`,
    ),
  ])
    .trimEnd()
    .split('\n')
}

function formatPolicy(policy: VersionPolicy): string {
  if ('latest' in policy) return `latest { num_versions: ${policy.latest} }`
  if ('all' in policy) return 'all {}'
  return `specific { ${policy.specific.map((version) => `versions: ${version}`).join(' ')} }`
}

function block(name: string, lines: readonly string[]): string {
  return `${name} {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`
}

/** Bytes beyond ASCII as octal escapes. */
function quote(text: string): string {
  const escaped = Array.from(Buffer.from(text), (byte) => {
    const character = String.fromCharCode(byte)
    if (character === '"' || character === '\\') return `\\${character}`
    return byte >= 0x20 && byte < 0x7f ? character : `\\${byte.toString(8).padStart(3, '0')}`
  })
  return `"${escaped.join('')}"`
}

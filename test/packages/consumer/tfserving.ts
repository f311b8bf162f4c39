import { tfserving, tfservingServer } from '@servebench/plugin-tfserving'
import { writeWarmupFile } from '@servebench/plugin-tfserving/control'

export const target = tfserving({ model: 'm', protocol: 'grpc-typed', versionLabel: 'stable' })
export const server = tfservingServer({ url: 'http://127.0.0.1:8501' })
export const file: Uint8Array = writeWarmupFile('m', [])

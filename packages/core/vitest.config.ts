import { project } from '../../vitest.shared.ts'

export default project('core', { include: ['src/**/*.test.{ts,tsx}', 'test/*.test.ts'] })

import { project } from '../../vitest.shared.ts'

export default project('lint', { include: ['*.test.ts'], testTimeout: 240_000 })

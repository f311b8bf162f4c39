import { project } from '../../vitest.shared.ts'

export default project('packages', { include: ['*.test.ts'], testTimeout: 240_000 })

import { project } from '../../vitest.shared.ts'

const shared = project('servers', { include: ['*.test.ts'], testTimeout: 120_000 })

// Real servers take seconds to start, and longer to install. One file at a time: they share the machine's cores.
export default { ...shared, test: { ...shared.test, hookTimeout: 900_000, fileParallelism: false } }

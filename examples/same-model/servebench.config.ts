import { defineConfig } from 'servebench'

// One repeat on each server, then the next: whatever drifts, drifts for all of them.
export default defineConfig({ interleave: 'across-servers' })

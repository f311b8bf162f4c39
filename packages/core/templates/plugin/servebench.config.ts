import { defineConfig } from 'servebench'

export default defineConfig({
  // From its sources: what bench files name by the package's name is then this one, and nothing has to be built.
  plugins: ['./src/plugin.ts'],
  reporters: ['console', './src/reporter.ts'],
})

import { ServebenchError } from '../errors/servebench-error.ts'

/**
 * Imports a module of the user's project, such as a configuration, in this thread. The transformer is loaded on first use.
 * @param fresh reads the module and all that it imports anew: for watch mode
 * @throws {ServebenchError} `SERVEBENCH_MODULE` with the place, the source around it and the stack of what was thrown
 */
export async function importUserModule(
  file: string,
  options: {
    readonly fresh?: boolean
    readonly onImport?: (importer: string, imported: string) => void
  } = {},
): Promise<unknown> {
  const { installLoader } = await import('./loader.ts')
  const loader = installLoader(options.onImport)
  if (options.fresh === true) loader.refresh()
  try {
    return await loader.import(file)
  } catch (error) {
    const [{ reportError }, { formatCollectProblem, thrownProblem }] = await Promise.all([
      import('./error-report.ts'),
      import('./collect-problem.ts'),
    ])
    const problem = thrownProblem(process.cwd(), file, reportError(error))
    throw new ServebenchError('SERVEBENCH_MODULE', formatCollectProblem({ ...problem, advice: null }), {
      cause: error,
      ...(problem.advice === null ? {} : { advice: problem.advice }),
    })
  }
}

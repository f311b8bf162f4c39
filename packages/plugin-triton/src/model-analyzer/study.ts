import type { Slo } from 'servebench'
import type { JsonValue } from 'servebench/plugin'

/** What a configuration file of Model Analyzer asks for, in servebench's words. Plain data. */
export interface ModelAnalyzerStudy {
  readonly server: ModelAnalyzerServer
  readonly protocol: 'grpc' | 'http'
  /** Whether all models get their loads at the same time; otherwise they are studied one after the other. */
  readonly together: boolean
  readonly search: ModelAnalyzerSearch
  readonly models: readonly ModelAnalyzerModel[]
}

export interface ModelAnalyzerServer {
  /** `launch`: a program of this machine; `container`: of an image; `attach`: one that runs already. */
  readonly mode: 'launch' | 'container' | 'attach'
  readonly repository: string | null
  /** The program; `null`: the one that is found. */
  readonly binary: string | null
  /** Of a container. */
  readonly image: string | null
  readonly mounts: readonly string[]
  readonly shmSize: string | null
  /** Of a server that runs already. */
  readonly url: string
  readonly grpcUrl: string
  readonly metricsUrl: string
  /** By UUID; `null`: all that there are. */
  readonly gpus: readonly string[] | null
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export interface ModelAnalyzerSearch {
  /** By the names of a study's strategies: `brute`, `quick` and `optuna`. */
  readonly strategy: 'grid' | 'quick' | 'bayesian'
  /** Of so many of the best configurations all loads are measured; 0: of none. */
  readonly top: number
  /** Halvings between the last load that keeps the constraints and the first that does not. */
  readonly refine: number
  /** Of `bayesian`: configurations that are looked at before the search may end by itself; of both limits the larger. */
  readonly fewest: ModelAnalyzerExtent
  /** Of `bayesian`: configurations at most; of both limits the smaller. */
  readonly most: ModelAnalyzerExtent
  readonly patience: number
  /** Of `bayesian`: 2 × batch × instances requests in flight, instead of a search for them. */
  readonly concurrencyByRule: boolean
}

/** How much of a space is looked at: a share of it, a number of configurations, or both. */
export interface ModelAnalyzerExtent {
  readonly share: number | null
  readonly configurations: number | null
}

export interface ModelAnalyzerModel {
  readonly name: string
  /**
   * What is varied, by the paths of the server's tunables; one value is a constant. Axes of models that it is composed of
   * are among them. All of them are combined.
   */
  readonly axes: readonly ModelAnalyzerAxis[]
  /** Models whose `axes` are Model Analyzer's automatic space. Those of batches are for models with a batch dimension. */
  readonly automatic: readonly string[]
  /** The file varies models that it is composed of, and names no other model. */
  readonly isEnsemble: boolean
  /** The file says something of the space: it is not the automatic one as it stands. */
  readonly isLimited: boolean
  /** Models that it calls without saying so in its configuration (business logic scripting). */
  readonly calls: readonly string[]
  readonly load: {
    readonly vary: 'concurrency' | 'rate'
    readonly values: readonly number[]
    /** They stand in the file one by one: all are measured. Otherwise a sweep ends where more of it gains nothing. */
    readonly areAll: boolean
  }
  /** Rows of a request. */
  readonly batchSizes: readonly number[]
  /** Weights by the names of metrics. */
  readonly objective: Readonly<Record<string, number>>
  readonly constraints: Slo
  /** Of its objective against those of the other models, where they run together. */
  readonly weight: number
  /** Dimensions by the names of inputs. */
  readonly shapes: Readonly<Record<string, readonly number[]>>
  /** Files and folders with inputs, `zero` or `random`. */
  readonly inputs: readonly string[]
  readonly streaming: boolean
  /** Of a server of its own; where models run together there are none. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** The percentile that windows are compared by; `null`: the mean. */
  readonly percentile: number | null
}

export interface ModelAnalyzerAxis {
  /** Such as `state.models.resnet.instances`. */
  readonly path: string
  readonly values: readonly JsonValue[]
}

/** What was not taken over as it stands. */
export interface ModelAnalyzerNote {
  /** As in the file: `profile_models.resnet.parameters.batch_sizes`. */
  readonly path: string
  /**
   * `elsewhere`: said in another place here; `needless`: there is nothing to set; `changed`: taken over with another
   * meaning; `unsupported`: servebench does not have it; `unknown`: no option of Model Analyzer.
   */
  readonly kind: 'elsewhere' | 'needless' | 'changed' | 'unsupported' | 'unknown'
  readonly message: string
}

export interface ModelAnalyzerImport {
  readonly study: ModelAnalyzerStudy
  readonly notes: readonly ModelAnalyzerNote[]
}

/** For bench authors: everything that a `*.bench.ts` or `servebench.config.ts` needs. */
export { describe } from './dsl/describe.ts'
export type { DescribeOptions } from './dsl/describe.ts'
export { scenario } from './dsl/scenario.ts'
export type { CaseSettings, InputOption, ScenarioOptions } from './dsl/scenario.ts'
export { study } from './dsl/study.ts'
export type {
  LoadRange,
  Objective,
  ObjectiveWeight,
  StudyConstraints,
  StudyLoads,
  StudyOptions,
  StudySearch,
} from './dsl/study.ts'
export { labelled } from './dsl/labelled.ts'
export type { Label, LabelledOptions, LabelledQuality, QualityLimits, QualityMetric } from './dsl/labelled.ts'
export { integers, numbers, when } from './dsl/study-axes.ts'
export type {
  AxisCondition,
  AxisValue,
  ConditionalAxis,
  Configuration,
  IntegersAxis,
  NumbersAxis,
  PlainAxis,
  SettingAxis,
  SettingSpace,
  SpaceMatrix,
  StudyAxis,
  StudySpace,
} from './dsl/study-axes.ts'
export type { ModelSpace, StudyModel, StudyModelLoads, StudyModels } from './dsl/study-models.ts'
export { stream } from './dsl/stream.ts'
export type { ExpectOptions, StreamOptions, StreamSpec } from './dsl/stream.ts'
export { switchOver } from './dsl/weight.ts'
export type { ChangingWeight, SwitchOverOptions, Weight, WeightChange } from './dsl/weight.ts'
export type { Case, Matrix, Scalar } from './dsl/matrix.ts'
export type { Option } from './dsl/option.ts'
export type { SetupContext } from './dsl/setup.ts'
export type { StaticOptions } from './dsl/static.ts'
export type * from './dsl/settings.ts'
export { certified } from './dsl/stop-rule.ts'
export type { CertifiedOptions, CertifiedRule, PreciseRule, StopRule } from './dsl/stop-rule.ts'
export type { StableWarmup, Warmup } from './dsl/warmup.ts'
export type { ExchangeOptions } from './dsl/exchange.ts'

export { burst } from './dsl/loads/burst.ts'
export type { BurstLoad, BurstOptions } from './dsl/loads/burst.ts'
export { closed } from './dsl/loads/closed.ts'
export type { ClosedLoad, ClosedOptions } from './dsl/loads/closed.ts'
export { compress } from './dsl/loads/compress.ts'
export type { CompressedLoad, CompressOptions } from './dsl/loads/compress.ts'
export { constantRate } from './dsl/loads/constant-rate.ts'
export type { ConstantRateLoad, ConstantRateOptions } from './dsl/loads/constant-rate.ts'
export { diurnal } from './dsl/loads/diurnal.ts'
export type { DiurnalLoad, DiurnalOptions } from './dsl/loads/diurnal.ts'
export { gamma } from './dsl/loads/gamma.ts'
export type { GammaLoad, GammaOptions } from './dsl/loads/gamma.ts'
export { hyperexponential } from './dsl/loads/hyperexponential.ts'
export type { HyperexponentialLoad, HyperexponentialOptions } from './dsl/loads/hyperexponential.ts'
export { jittered } from './dsl/loads/jittered.ts'
export type { JitteredLoad, JitteredOptions } from './dsl/loads/jittered.ts'
export { lognormal } from './dsl/loads/lognormal.ts'
export type { LognormalLoad, LognormalOptions } from './dsl/loads/lognormal.ts'
export { multiStream, offline, poissonServer, singleStream } from './dsl/loads/mlperf.ts'
export type * from './dsl/loads/mlperf.ts'
export { mmpp } from './dsl/loads/mmpp.ts'
export type { MmppLoad, MmppOptions } from './dsl/loads/mmpp.ts'
export { onOff } from './dsl/loads/on-off.ts'
export type { OnOffLoad, OnOffOptions } from './dsl/loads/on-off.ts'
export { poisson } from './dsl/loads/poisson.ts'
export type { PoissonLoad, PoissonOptions } from './dsl/loads/poisson.ts'
export { capacityPlan } from './dsl/capacity-plan.ts'
export type { CapacityPlanOptions, CapacityPlanSpec } from './dsl/capacity-plan.ts'
export type { AgreementOptions } from './dsl/agreement.ts'
export type { ColdStartOptions } from './dsl/cold-start.ts'
export type { ProfileOptions } from './dsl/profile.ts'
export { findMax } from './dsl/find-max.ts'
export type { FindMaxOptions, FindMaxSearch, SearchSpec } from './dsl/find-max.ts'
export { ramp } from './dsl/loads/ramp.ts'
export type { PopulationRamp, PopulationRampOptions, RampLoad, RateRampOptions } from './dsl/loads/ramp.ts'
export { selfSimilar } from './dsl/loads/self-similar.ts'
export type { SelfSimilarLoad, SelfSimilarOptions } from './dsl/loads/self-similar.ts'
export { sine } from './dsl/loads/sine.ts'
export type { SineLoad, SineOptions } from './dsl/loads/sine.ts'
export { spike } from './dsl/loads/spike.ts'
export type { SpikeLoad, SpikeOptions } from './dsl/loads/spike.ts'
export { stages } from './dsl/loads/stages.ts'
export type { Stage, StagesLoad } from './dsl/loads/stages.ts'
export { steps } from './dsl/loads/steps.ts'
export type { StepsLoad, StepsOptions } from './dsl/loads/steps.ts'
export { superpose } from './dsl/loads/superpose.ts'
export type { SuperposedLoad } from './dsl/loads/superpose.ts'
export { thin } from './dsl/loads/thin.ts'
export type { ThinnedLoad, ThinOptions } from './dsl/loads/thin.ts'
export { replay, trace } from './dsl/loads/trace.ts'
export type {
  PublishedTraceFormat,
  ReplayLoad,
  ReplayOptions,
  TraceColumns,
  TraceLoad,
  TraceOptions,
  TracePart,
} from './dsl/loads/trace.ts'
export { utilization } from './dsl/loads/utilization.ts'
export type {
  UtilizationLoad,
  UtilizationOptions,
  UtilizationRateOptions,
  UtilizationUsersOptions,
} from './dsl/loads/utilization.ts'
export { weibull } from './dsl/loads/weibull.ts'
export type { WeibullLoad, WeibullOptions } from './dsl/loads/weibull.ts'
export type { ArrivalKind } from './dsl/loads/arrivals.ts'
export type { LoadSpec, OpenLoad, StageLoad } from './dsl/loads/definitions.ts'
export { exponential, uniform } from './dsl/think-time.ts'
export type {
  ExponentialThinkTime,
  GammaThinkTime,
  HyperexponentialThinkTime,
  LognormalThinkTime,
  ThinkTime,
  UniformThinkTime,
  WeibullThinkTime,
} from './dsl/think-time.ts'

export type * from './dsl/target.ts'
export { inline } from './dsl/inline.ts'
export type { InlineContext } from './dsl/inline.ts'
export { balance } from './dsl/balance.ts'
export type { BalancedTarget, BalanceOptions, BalancePolicy } from './dsl/balance.ts'
export { pipeline } from './dsl/pipeline.ts'
export type {
  FirstStep,
  FunctionStep,
  PipelineStep,
  PipelineTarget,
  StepContext,
  TargetStep,
} from './dsl/pipeline.ts'
export { confine } from './dsl/confine.ts'
export type { ConfineOptions } from './dsl/confine.ts'
export type { ContainerMount, ContainerOptions, ContainerRuntime } from './dsl/container.ts'
export { processServer } from './builtin/process/process-server.ts'
export type { ProcessServerOptions } from './builtin/process/process-server.ts'
export { replicate } from './dsl/replicate.ts'
export type { ReplicateOptions } from './dsl/replicate.ts'
export type { ServerSpec } from './dsl/server.ts'
export type { SamplerSpec } from './dsl/sampler.ts'
export { generate } from './dsl/input.ts'
export type { GenerateContext, GeneratedInput, InputSpec } from './dsl/input.ts'
export type * from './dsl/sample.ts'
export type { Datatype, Tensor, TensorArray, TensorData } from './dsl/tensor.ts'
export type { Random } from './dsl/random.ts'
export { electricityMaps, nationalGrid } from './dsl/carbon-source.ts'
export type { CarbonSource } from './dsl/carbon-source.ts'
export { env, file } from './dsl/secret.ts'
export type { Secret } from './dsl/secret.ts'

export { defineConfig } from './config/user-config.ts'
export type { NamedEntry, UserConfig } from './config/user-config.ts'

export type { GaugeLimits, LatencyLimits, Slo } from './slo/slo.ts'
export type { Duration } from './units/duration.ts'
export type { ByteSize } from './units/bytes.ts'

export { matching } from './builtin/http/matching.ts'
export type { Expectations, HeaderExpectation } from './builtin/http/matching.ts'
export { http } from './builtin/http/target.ts'
export type { HttpOptions } from './builtin/http/target.ts'
export type { HttpRequest } from './builtin/http/request.ts'
export type { HttpResponse } from './builtin/http/response.ts'
export { hostSampler } from './builtin/host-sampler/host.ts'
export type { HostSamplerOptions } from './builtin/host-sampler/host.ts'
export { prometheusSampler } from './builtin/prometheus-sampler/prometheus.ts'
export type { PrometheusSamplerOptions } from './builtin/prometheus-sampler/prometheus.ts'
export type { MetricSelection } from './transport/prometheus/metric-selection.ts'
export { ipmiMeter, meterSampler, pduMeter, redfishMeter } from './builtin/meter/meter.ts'
export type {
  MeterReading,
  MeterSamplerOptions,
  MeterUnit,
  PduMeterOptions,
  RedfishMeterOptions,
} from './builtin/meter/meter.ts'
export { powerModelSampler } from './builtin/power-model/power-model.ts'
export type { PowerModelOptions } from './builtin/power-model/power-model.ts'
export { raplSampler } from './builtin/rapl/rapl.ts'
export type { RaplSamplerOptions } from './builtin/rapl/rapl.ts'
export { unique } from './transport/http1/unique.ts'
export { missingGpu } from './hooks/missing-gpu.ts'
export { missingProgram } from './hooks/missing-program.ts'
export type { MissingProgramOptions } from './hooks/missing-program.ts'
export { tuningMachine } from './hooks/tuning-machine.ts'
export type { TuningMachine } from './hooks/tuning.ts'

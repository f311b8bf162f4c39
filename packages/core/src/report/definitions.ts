/** What the numbers of a result mean; stored in each so that it can be read without this package. */
export const DEFINITIONS: Readonly<Record<string, string>> = {
  measurement: 'The interval [A, B) of a trial, after warm-up; its length is the duration.',
  population:
    'Requests whose intended start lies in the measurement. Counts, distributions, SLO and goodput are over these, whenever they settle.',
  due: 'Requests of the population. due = completed + failed + timedOut + dropped + censored.',
  sent: 'Requests of the population that were handed to the operating system.',
  failed: 'Requests with an error answer or a broken connection.',
  timedOut: 'Requests that were cancelled because their timeout passed, counted from the intended start.',
  dropped:
    'Due requests that were never sent: the limit on requests in flight was reached and the overflow policy is drop.',
  censored: 'Requests that were still open at the drain deadline.',
  incorrect: 'Completed requests that a check refused; outside goodput and inside the error rate.',
  errorRate: '(due − completed + incorrect) ÷ due.',
  offeredLoad: 'due ÷ (B − A).',
  throughput: 'Completions inside [A, B) ÷ (B − A).',
  goodput:
    'Requests of the population that completed correctly within the deadline ÷ (B − A). The deadline is the SLO’s, else its largest response-time limit, else none.',
  responseTime: 'completion − intended start, of completed requests.',
  serviceTime: 'completion − sent, of completed requests.',
  firstByte: 'first byte − intended start, of completed requests.',
  dispatchLag: 'dispatched − intended start: what the load generator itself was late by.',
  transportWait: 'sent − dispatched: waiting for a connection, a stream or back-pressure.',
  messageGap: 'Between consecutive messages of one answer.',
  responseTimeWithFailures:
    'Response time of the whole population; what did not complete counts as infinite.',
  failedResponseTime: 'settlement − intended start, of failed requests.',
  serverQueue: 'Time in the server’s queue, as the server reports it per request.',
  serverCompute: 'Time of computation, as the server reports it per request.',
  pipeline:
    'Of a chain of steps: mean response time = before + the means of the steps + glue, over the chains that completed. A step’s time runs from the moment its request is handed over to its answer; glue is what passes between (decoding, check, input, encoding). A step that fails ends the chain; those after it are not due.',
  percentile:
    'Nearest rank: the smallest sample that at least p % of the samples do not exceed. Exact over all samples, or the upper end of a histogram bucket at most 0.1 % wide.',
  interval:
    '95 %. Inside a trial by order statistics at the effective sample size, which allows for autocorrelation; over several repeats by Student’s t between the repeats.',
  steadyState:
    'How the warm-up ended, and the shape of the medians of the measurement’s windows: flat, warm-up, slow-down, no-steady-state (Barrett et al. 2017, by change points), too-short, or not-applicable for loads that are not meant to be steady.',
  certificate:
    'What `until` asked for: by MLPerf’s early-stopping rule at a confidence that allows for many looks, and for dependent requests unless `dependence` is ignored. Requests that did not complete are over every limit.',
  perRequest:
    'Of the measurement, divided by the requests completed in it: bytes on the connection, CPU time of the load threads, CPU time of the server’s processes. encodeTime is the median time to make the bytes of a request, before the load.',
  agreement:
    'Outputs of the same inputs, sent before the load, against those of the case asked first: |value − reference| ≤ absolute + relative × |reference|; NaN agrees with NaN only.',
  inFlight: 'Requests dispatched and not settled, averaged over the measurement.',
  gauges:
    'Readings weighted by the time that they stand for, inside the measurement; p95 is the level not exceeded for 95 % of the covered time, coverage the covered share. Missed readings are not filled in.',
  energy:
    'Mean power of the sources that are marked as used × the measurement; means of the device hold for the time before them, instants are joined by trapezia. perItem: that over completed items, so that failed requests are charged to them; dynamicPerItem: without the mean power before the load. powerTimesResponse, the formula of some articles, is perItem × items per request × requests in flight.',
  carbon:
    'Energy × intensity of the grid × PUE; sci: with the share of making the hardware, over completed items (ISO/IEC 21031).',
  cost: 'Price per hour / 3600 / items per second that were correct and in time × 10⁶; perMillionUsed: over the share of that throughput which is used.',
  littlesLaw: 'Relative gap between mean in flight and throughput × mean time in flight.',
}

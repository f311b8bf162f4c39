import { Command, Option } from 'commander'
import { VERSION } from '../version.ts'
import { HELP } from './watch-help.ts'
import { addBaselineOptions, addComparisonOptions, addRunOptions, collectValues } from './run-options.ts'

const EXAMPLES = `
Examples:
  servebench                       run every *.bench.ts below this folder
  servebench resnet -t "batch=8"   files with 'resnet' in their path,
                                   cases with 'batch=8' in their name
  servebench watch                 run again whenever a bench file changes
  servebench quick http://127.0.0.1:8000/predict --rate 100
                                   a first number without a file
  servebench --baseline main.json  run, and fail where it got worse than that
  servebench compare main.json     what has changed since a stored result

Exit codes: 0 ok · 1 SLO, error limit or regression failed · 2 usage,
configuration or bench file · 3 measurement invalid · 4 target or server failed
· 130 interrupted`

const WATCH_KEYS = `
Triggers: a change of a bench file, of what it imports, of the configuration,
of models, traces and data, and of files that match its \`watch\`.

${HELP.scenarios}`

const QUICK_EXAMPLES = `
Examples:
  servebench quick http://127.0.0.1:8080/predict -d '{"text":"hi"}' -c 16
  servebench quick http://127.0.0.1:8000 -p oip-http -m resnet \\
    --shape input:1,3,224,224 --rate 200 --arrivals poisson
  servebench quick 127.0.0.1:8001 -p oip-grpc -m resnet -c 32 --slo p99=50ms`

const TUNE_EXAMPLES = `
Examples:
  servebench tune resnet --dry-run       what the study would measure
  servebench tune resnet --budget 30m    the best that is found in that time
  servebench tune resnet --search quick  climb instead of measuring everything
  servebench tune resnet --watch         again what a change affects
  servebench tune --server triton --repository models -m resnet \\
    --latency-budget 10ms --budget 30m   without a bench file
  servebench tune --model-analyzer config.yaml --url http://gpu-host:8000
                                         what Model Analyzer was asked for

Ctrl-C keeps what was measured; the same command goes on from there.`

const MODEL_EXAMPLES = `
Examples:
  servebench model resnet50.onnx
  servebench model bert.onnx --batch 8 --dim seq=128 --layers
  servebench model models/resnet/1 --device "NVIDIA T4"
  servebench model gpt2.onnx --dim sequence_length=1 --json

A multiply-add is one MAC and two FLOP. Element-wise arithmetic stands apart.
Nothing of the model is executed, and its weights are not read.`

const PEAKS_EXAMPLES = `
Examples:
  servebench peaks --all
  servebench peaks --save peaks.json     then \`peaks: 'peaks.json'\` in the
                                         configuration puts it under rooflines
Peaks are theoretical and dense, with source and date, unless they are measured.`

/**
 * The command line of servebench. Commands are imported when they are called: `servebench --version` loads none.
 * @param exit receives the exit code of the command
 */
export function createProgram(exit: (code: number) => void): Command {
  const program = new Command('servebench')
    .description('Benchmarks for ML model serving, written like tests.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', EXAMPLES)
    .showSuggestionAfterError()
    .showHelpAfterError('(servebench --help shows what there is)')
    .enablePositionalOptions()
    .exitOverride()

  const run = addBaselineOptions(addRunOptions(program.command('run', { isDefault: true })))
    .description('measure: what servebench does without a command')
    .argument('[files...]', 'bench files, or parts of their paths; all by default')
    .option('-w, --watch', 'as `servebench watch`')
    .option('--dry-run', 'show what would be measured, and how long it would take')
    .option('--json', 'with --dry-run: the plan with the origin of every setting, as JSON')
    .addHelpText('after', EXAMPLES)
  run.action(async (files: string[], options) => {
    if (options.watch) exit(await (await import('./commands/watch.ts')).watchCommand(files, options))
    else exit(await (await import('./commands/run.ts')).runCommand(files, options))
  })

  addRunOptions(program.command('tune'))
    .description('look for the best configuration: runs the studies of bench files')
    .argument('[files...]', 'bench files, or parts of their paths; all by default')
    .option('--search <strategy>', 'grid, quick, random, bayesian or halving, instead of the study’s own')
    .option('--budget <n|time>', 'configurations, or a time such as 30m, instead of the study’s own')
    .option('--server <kind>', 'without a bench file: triton, onnx, torchserve or tfserving')
    .option('--model-analyzer <file>', 'instead of a bench file: the YAML file of Triton’s Model Analyzer')
    .option('--repository <folder>', 'with --server: where its models are')
    .option('--url <url>', 'with --server: of one that runs already')
    .option('-m, --model <name>', 'with --server: the model; repeatable: all at once', collectValues)
    .option(
      '--shape <name:dims>',
      'with --server: an input’s shape, also MODEL/name:dims; repeatable',
      collectValues,
    )
    .option('--protocol <name>', 'with --server: how to talk to it')
    .option(
      '--latency-budget <time>',
      'with --server: p99 at most, also MODEL=time; repeatable',
      collectValues,
    )
    .option(
      '--min-throughput <n>',
      'with --server: requests per second at least, also MODEL=n',
      collectValues,
    )
    .option('--weight <model=n>', 'with --server: how much a model counts; repeatable', collectValues)
    .option('--max-concurrency <n>', 'with --server: users at most (default 1024)')
    .option('--launch <how>', 'with --server: local, container or attach')
    .option('--image <name>', 'with --launch container: what is started')
    .option('--print-bench', 'with --server or --model-analyzer: print the bench file instead of measuring')
    .option('--fresh', 'measure again what earlier runs have measured')
    .option('-w, --watch', 'and again what a change affects, until it is ended')
    .option('--dry-run', 'show what would be measured, and how long it would take')
    .option('--json', 'with --dry-run: as JSON')
    .addHelpText('after', `${TUNE_EXAMPLES}\n\nWith --watch. ${HELP.studies}`)
    .action(async (files: string[], options) =>
      exit(await (await import('./commands/tune.ts')).tuneCommand(files, options)),
    )

  addRunOptions(program.command('watch'))
    .description('run, and run again what a change affects')
    .argument('[files...]', 'bench files, or parts of their paths')
    .addHelpText('after', WATCH_KEYS)
    .action(async (files: string[], options) =>
      exit(await (await import('./commands/watch.ts')).watchCommand(files, options)),
    )

  addRunOptions(program.command('list'))
    .description('list the cases without measuring anything')
    .argument('[files...]', 'bench files, or parts of their paths')
    .option('--json', 'as JSON')
    .action(async (files: string[], options) =>
      exit(await (await import('./commands/list.ts')).listCommand(files, options)),
    )

  addRunOptions(program.command('arrivals'))
    .description('show and save when the requests of open loads will be due, without sending any')
    .argument('[files...]', 'bench files, or parts of their paths')
    .option('--stream <name>', 'only this stream')
    .option('--out <file>', 'save the instants: .csv as text, anything else for replay()')
    .option('--plot <file.svg>', 'draw the rate over time')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Examples:
  servebench arrivals traffic -t "diurnal" --seed 7 --plot plan.svg
  servebench arrivals traffic -t "diurnal" --seed 7 --out plan.arrivals`,
    )
    .action(async (files: string[], options) =>
      exit(await (await import('./commands/arrivals.ts')).arrivalsCommand(files, options)),
    )

  program
    .command('quick')
    .description('a first number without a bench file')
    .argument('<url>', 'http(s)://host:port/path; without a scheme it is http, without TLS')
    .addOption(
      new Option('-p, --protocol <name>', 'how to talk to it')
        .choices(['http', 'oip-http', 'oip-json', 'oip-grpc'])
        .default('http'),
    )
    .option('-m, --model <name>', 'the model (Open Inference Protocol)')
    .option('--model-version <version>', 'its version')
    .option('--shape <name:dims>', 'an input’s shape, such as INPUT:1,3,224,224; repeatable', collectValues)
    .option('-i, --input <file>', 'the request: a JSON file, or for http any text file')
    .option('-b, --batch <n>', 'inputs per request')
    .option('-X, --method <method>', 'HTTP method')
    .option('-H, --header <name:value>', 'HTTP header or gRPC metadata; repeatable', collectValues)
    .option('-d, --body <text|@file>', 'HTTP body, from a file with @; JSON is sent as such')
    .option('-c, --concurrency <n>', 'closed loop: this many users (10 unless --rate is given)')
    .option('-r, --rate <n>', 'open loop: requests per second')
    .addOption(
      new Option('--arrivals <process>', 'open loop: how they are spread').choices(['constant', 'poisson']),
    )
    .option('-n, --requests <n>', 'closed loop: stop after this many requests')
    .option('--duration <time>', 'length of the measurement (default 10s)')
    .option('--warmup <time|n|auto>', 'before it: a time, a number of requests, or until steady (default 2s)')
    .option('--timeout <time>', 'of a request (default 30s)')
    .option('--connections <n>', 'connections at most')
    .option('--workers <n>', 'load threads')
    .option('--slo <term>', 'such as p99=50ms or errorRate=0.01; repeatable', collectValues)
    .option('--insecure', 'accept any TLS certificate')
    .option('--seed <seed>', 'makes schedule and inputs repeatable')
    .option('--output <folder>', 'where results go (default servebench-results)')
    .option('--json', 'print one JSON object with the fields of a trial')
    .option('--print-bench', 'print the equivalent bench file instead of measuring')
    .addHelpText('after', QUICK_EXAMPLES)
    .action(async (url: string, options) =>
      exit(await (await import('./commands/quick.ts')).quickCommand(url, options)),
    )

  addComparisonOptions(program.command('compare'))
    .description('differences between two results: regression, improvement, equivalent or inconclusive')
    .argument('<base>', 'result.json, a run’s folder, or a results folder (its newest run)')
    .argument('[other]', 'the same; the newest run by default', 'servebench-results')
    .option('--json', 'as JSON')
    .option('--force', 'compare although engine, plan or machine differ')
    .action(async (base: string, other: string, options) =>
      exit(await (await import('./commands/compare.ts')).compareCommand(base, other, options)),
    )

  program
    .command('audit')
    .description('check a published table by Little’s law: could users have seen these latencies?')
    .argument('<table>', 'a CSV, JSON or Markdown file with users, throughput and latency')
    .option('--users <n>', 'users, where the table does not say')
    .option('--think-time <time>', 'pause of each user between an answer and the next request')
    .option('--tolerance <share>', 'how far numbers may be off', '0.1')
    .option('--unit <unit>', 'of times without one: ns, us, ms or s')
    .option('--json', 'as JSON')
    .action(async (table: string, options) =>
      exit((await import('./commands/audit.ts')).auditCommand(table, options)),
    )

  program
    .command('capacity')
    .description('machines for a demand, by what searches have found; how throughput scales')
    .argument(
      '[run]',
      'result.json, a run’s folder, or a results folder (its newest run)',
      'servebench-results',
    )
    .option('--demand <n>', 'requests per second that all machines have to take')
    .option('--headroom <share>', 'of each machine’s capacity that stays free', '0.3')
    .option('--spares <n>', 'machines on top', '0')
    .option('--by <axis>', 'fit the scalability law over this axis, such as the number of machines')
    .option('--json', 'as JSON')
    .action(async (run: string, options) =>
      exit(await (await import('./commands/capacity.ts')).capacityCommand(run, options)),
    )

  program
    .command('model')
    .description('what is known about a model without running it: parameters, FLOP, bytes, layers')
    .argument('<file>', 'an ONNX file, the folder of a TensorFlow SavedModel, or a frozen graph')
    .option('-b, --batch <n>', 'inferences in one execution (default 1)')
    .option(
      '--dim <name=n>',
      'another size that is open, INPUT.AXIS where it has no name; repeatable',
      collectValues,
    )
    .option('--layers', 'a row for each operation')
    .option('--device <name>', 'what this device allows, instead of those of this machine')
    .option('--peaks <file>', 'peaks of further devices; `servebench peaks` tells more')
    .option('--config <file>', 'configuration file, whose peaks and plugins are asked too')
    .option('--no-config', 'no configuration file')
    .option('--json', 'as JSON')
    .addHelpText('after', MODEL_EXAMPLES)
    .action(async (file: string, options) =>
      exit(await (await import('./commands/model.ts')).modelCommand(file, options)),
    )

  program
    .command('peaks')
    .description('what the devices of this machine can do at most: FLOP/s and bytes/s')
    .option('--all', 'every device of the peaks file')
    .option('--measure', 'test the processor: a matrix product and copies, about 3 s')
    .option('--save <file>', 'measure, and write a peaks file with this processor')
    .option('--file <file>', 'peaks of further devices, before the built-in ones')
    .option('--config <file>', 'configuration file, whose peaks and plugins are asked too')
    .option('--no-config', 'no configuration file')
    .option('--json', 'as JSON')
    .addHelpText('after', PEAKS_EXAMPLES)
    .action(async (options) => exit(await (await import('./commands/peaks.ts')).peaksCommand(options)))

  program
    .command('report')
    .description('make the reports of runs again, also of one that was killed')
    .argument(
      '[directories...]',
      'a run’s folder, or a results folder (its newest run); the configured one by default; of several also one report of all',
    )
    .option('--index', 'one page over all runs of a results folder, with the history of each case')
    .option(
      '--reporter <name>',
      'a reporter; repeatable (default: those of the configuration)',
      collectValues,
    )
    .addOption(new Option('--plots <format>', 'every plot as a file').choices(['svg', 'png']))
    .option(
      '--configs <names>',
      'configurations of a study in detail: ranks, ids, baseline or instances=2,batch=8, with commas; repeatable',
      collectValues,
    )
    .option('--config <file>', 'configuration file')
    .option('--no-config', 'no configuration file')
    .action(async (directories: string[], options) =>
      exit(await (await import('./commands/report.ts')).reportCommand(directories, options)),
    )

  program
    .command('doctor')
    .description('check this machine and this project')
    .option('--json', 'as JSON')
    .option('--restore', 'put back what runs that were killed have changed in servers')
    .action(async (options) => exit(await (await import('./commands/doctor.ts')).doctorCommand(options)))

  program
    .command('create')
    .description('write the sources of something new: a plugin')
    .command('plugin')
    .description(
      'a plugin with a target, a server with tunables, a sampler, a reporter, and tests that are green',
    )
    .argument('[name]', 'of its package', 'servebench-plugin-example')
    .option('--directory <folder>', 'where to; by default a folder of that name')
    .option('--force', 'write over what is there')
    .action(async (name: string, options) =>
      exit(await (await import('./commands/create.ts')).createPluginCommand(name, options)),
    )

  program
    .command('init')
    .description('write a first bench file, a configuration and a CI workflow')
    .option('--force', 'overwrite what is there')
    .action(async (options) => exit(await (await import('./commands/init.ts')).initCommand(options)))

  for (const command of program.commands) command.exitOverride().showSuggestionAfterError()
  return program
}

internal import ArgumentParser
internal import Presentation
internal import RegistryKit

/// The subcommand `registry log`.
struct LogCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "Log metrics of a run that another program does.",
    discussion: """
      --new begins a run and prints its id; --end ends it, after which it never changes. Between \
      them, numbers are stored durably, one point for each metric and step. A file has a JSON object \
      on each line, whose members are metrics, and maybe step and time; - is standard input, whose \
      points are stored as they come.

      Examples:
        registry log --new wolfdog --param optimizer=adam --param epochs=10
        registry log 3f2a loss=0.25 accuracy=0.9 --step 3
        registry log 3f2a --file metrics.jsonl
        registry log 3f2a test_accuracy=0.93 --end
      """)

  @Argument(
    help: """
      The run, by its id or a beginning of it (not with --new), and metrics as NAME=NUMBER; a number \
      may be NaN, Infinity or -Infinity.
      """, completion: .run)
  var arguments: [String] = []

  @Option(
    name: .customLong("new"),
    help: ArgumentHelp(
      "Begin a run that trains or evaluates the model of this name.", valueName: "model"),
    completion: .model)
  var newRun: String?

  @Option(help: "What the new run does.")
  var kind: Kind = .train

  @Option(
    help: ArgumentHelp(
      "The version that the new run starts from or evaluates.", valueName: "model"),
    completion: .model)
  var base: String?

  @Option(
    help: ArgumentHelp(
      "A dataset that the new run reads; may be given several times.", valueName: "dataset"),
    completion: .dataset)
  var dataset: [String] = []

  @Option(help: ArgumentHelp("The seed of the new run.", valueName: "number"))
  var seed = 0

  @Option(
    help: ArgumentHelp(
      "What the run was told; may be given several times.", valueName: "name=value"))
  var param: [String] = []

  @Option(
    help: ArgumentHelp(
      "The epoch or batch. (default: the one after the metric's last, from 1)",
      valueName: "number"))
  var step: Int?

  @Option(
    help: ArgumentHelp("A file of JSON Lines; - is standard input.", valueName: "file"),
    completion: .file())
  var file: String?

  @Flag(help: "Let a run go on that was interrupted or failed.")
  var resume = false

  @Flag(help: "End the run, after its last metrics are stored.")
  var end = false

  @Option(help: "How the run ended.")
  var state: State = .finished

  @Option(help: ArgumentHelp("Why the run ended so.", valueName: "text"))
  var message: String?

  @OptionGroup var global: GlobalOptions

  /// What a run does.
  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case train, evaluate
  }

  /// How a run ended.
  enum State: String, ExpressibleByArgument, CaseIterable {
    case finished, failed, interrupted

    var end: LoggedRunEnd {
      switch self {
      case .finished: .finished
      case .failed: .failed
      case .interrupted: .interrupted
      }
    }
  }

  mutating func validate() throws {
    if newRun == nil {
      guard let run = arguments.first, !run.contains("=") else {
        throw ValidationError("Name the run, or begin one with --new MODEL.")
      }
      if base != nil || !dataset.isEmpty || kind != .train || seed != 0 {
        throw ValidationError("--base, --dataset, --kind and --seed describe a run of --new.")
      }
      if arguments.count == 1 && param.isEmpty && file == nil && !end && !resume {
        throw ValidationError("Give metrics as NAME=NUMBER, --param, --file or --end.")
      }
    } else if resume {
      throw ValidationError("--new begins a run; there is nothing to go on with.")
    }
    if !end && (message != nil || state != .finished) {
      throw ValidationError("--state and --message tell how a run ended: add --end.")
    }
    _ = try metrics()
    _ = try parameters()
  }

  /// The numbers among the arguments.
  func metrics() throws -> [LoggedMetric] {
    try arguments.dropFirst(newRun == nil ? 1 : 0).map { argument in
      let (name, text) = try Self.parts(of: argument, "a metric")
      guard let value = Self.number(text) else {
        throw ValidationError("\(argument): '\(text)' is no number.")
      }
      return LoggedMetric(key: name, value: value, step: step)
    }
  }

  /// The parameters by name.
  func parameters() throws -> [String: String] {
    var parameters: [String: String] = [:]
    for argument in param {
      let (name, value) = try Self.parts(of: argument, "a parameter")
      if let former = parameters.updateValue(value, forKey: name), former != value {
        throw ValidationError("--param gives '\(name)' two values.")
      }
    }
    return parameters
  }

  /// The name and the value of a text such as `loss=0.25`; names may hold no `=`.
  private static func parts(
    of argument: String, _ subject: String
  ) throws -> (name: String, value: String) {
    guard let sign = argument.firstIndex(of: "="), sign > argument.startIndex else {
      throw ValidationError("'\(argument)' is not \(subject): write NAME=VALUE.")
    }
    return (String(argument[..<sign]), String(argument[argument.index(after: sign)...]))
  }

  private static func number(_ text: String) -> Double? {
    switch text.lowercased() {
    case "nan": return .nan
    case "inf", "+inf", "infinity", "+infinity": return .infinity
    case "-inf", "-infinity": return -.infinity
    default:
      guard text.utf8.allSatisfy({ "0123456789.eE+-".utf8.contains($0) }) else { return nil }
      return Double(text)
    }
  }

  func run() throws {
    let registry = try global.open()
    let parameters = try parameters()
    var result: LogResult?
    let run: String
    if let newRun {
      let begun = try registry.beginRun(
        LoggedRunRequest(
          model: newRun, kind: kind.rawValue, base: base, datasets: dataset,
          parameters: parameters, seed: seed))
      (result, run) = (begun, begun.run)
    } else {
      run = arguments[0]
      if resume { result = try registry.resumeRun(run) }
      if !parameters.isEmpty { try registry.setParameters(parameters, of: run) }
    }
    var points = 0
    let metrics = try metrics()
    // Without metrics this only tells where the run stands.
    if !metrics.isEmpty || result == nil && !end && file == nil {
      let logged = try registry.log(metrics, to: run)
      points += logged.points
      result = logged
    }
    if let file {
      let logged = try global.work { progress, cancellation in
        try registry.log(
          fileOfMetrics: file, to: run, progress: progress, cancellation: cancellation)
      }
      points += logged.points
      result = logged
    }
    if end { result = try registry.endRun(run, state.end, message: message) }
    guard var result else { return }
    result.points = points
    try global.show(result) { [result] style in
      let count = points == 0 ? "" : ", \(Quantity.count(points, "point")) logged"
      return style(result.run, .heading) + " of \(result.model.safeForTerminal)"
        + " is \(result.state)\(count)\n"
    }
    if newRun != nil && !end { global.suggest("registry log \(result.run.prefix(12)) NAME=NUMBER") }
  }
}

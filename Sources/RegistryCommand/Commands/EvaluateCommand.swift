internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry evaluate`.
struct EvaluateCommand: NetworkCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a model on a split of a dataset.",
    discussion: """
      Prints accuracy, loss, calibration, the confusion matrix and how well each label is told from \
      the others, and records them as a run.

      Example:
        registry evaluate wolfdog --split test
      """)

  @Argument(help: "The model: NAME, NAME@3 or NAME@ALIAS.", completion: .model)
  var model: String

  @Option(
    help: ArgumentHelp(
      """
      A dataset to measure on; give it again to join several. (default: those that the model's \
      labels came from)
      """, valueName: "dataset"), completion: .dataset)
  var dataset: [String] = []

  @Option(help: "The images to measure on.")
  var split: Split = .test

  @Option(help: "Threads that compute. (default: the cores that the process may use)")
  var threads: Int?

  @OptionGroup var server: ServerOptions

  @OptionGroup var global: GlobalOptions

  var computes: Bool { server.server == nil }

  /// The images of a dataset that are looked at.
  enum Split: String, ExpressibleByArgument, CaseIterable {
    case test, validation, train, all
  }

  mutating func validate() throws {
    if let threads, threads < 1 {
      throw ValidationError("--threads must be at least 1, not \(threads).")
    }
  }

  func run() throws {
    var job = EvaluateJob(model: model)
    job.dataset = dataset.isEmpty ? nil : dataset
    job.split = split.rawValue
    job.threads = threads
    if let (result, json) = try server.result(of: job, as: EvaluationResult.self, global) {
      return try global.show(json: json, result.report)
    }
    let registry = try global.open()
    let request = EvaluateRequest(
      model: model, datasets: dataset, split: split.rawValue, threads: threads)
    let result = try global.work { progress, cancellation in
      try registry.evaluate(request, progress: progress, cancellation: cancellation)
    }
    try global.show(result, result.report)
    global.warn(
      of: result.recalled, using: ModelName(model: result.model, version: result.version))
  }
}

internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry train`.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train what a model's freeze plan leaves trainable, as a new version.",
    discussion: """
      The frozen layers compute each image's features once; the activation cache keeps them. The \
      weights with the best validation loss become the new version, after every frozen tensor was \
      compared with the base's by digest. With the same seed and number of threads the result is the \
      same, bit for bit. Ctrl-C stops at the end of a step and keeps what is needed to go on.

      Examples:
        registry train wolfdog --epochs 20
        registry train --resume 3f2a
      """)

  @Argument(
    help: "The model: NAME, NAME@3 or NAME@ALIAS. Not needed with --resume.")
  var model: String?

  @Option(
    help: ArgumentHelp(
      """
      A dataset to train on; give it again to join several. (default: those that the model's labels \
      came from)
      """, valueName: "dataset"))
  var dataset: [String] = []

  @OptionGroup var training: TrainingOptions

  @Option(
    help: ArgumentHelp("The seed of everything random. (default: 0)", valueName: "number"))
  var seed: Int?

  @Option(
    help: ArgumentHelp(
      """
      Go on with an interrupted run, by its id or a beginning of it, with the options that it began \
      with.
      """, valueName: "run"))
  var resume: String?

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    if model == nil && resume == nil {
      throw ValidationError("Name the model to train, or the run to go on with: --resume RUN.")
    }
    let given =
      training.firstGiven ?? (seed != nil ? "--seed" : dataset.isEmpty ? nil : "--dataset")
    if resume != nil, let given {
      throw ValidationError(
        "\(given) has no effect with --resume: the run goes on with the options it began with.")
    }
  }

  func run() throws {
    let registry = try global.open()
    let name = try model ?? registry.run(resume ?? "").model
    let request = training.request(datasets: dataset, seed: seed ?? 0, resume: resume)
    let result = try global.work { progress, cancellation in
      try registry.train(name, request, progress: progress, cancellation: cancellation)
    }
    try global.show(result, result.report)
    global.suggest("registry evaluate \(result.model) --split test")
  }
}

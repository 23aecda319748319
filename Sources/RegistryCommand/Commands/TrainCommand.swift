internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry train`.
struct TrainCommand: NetworkCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train what a model's freeze plan leaves trainable, as a new version.",
    discussion: """
      The frozen layers before the first trainable one compute each image once; the activation cache \
      keeps the result. A head alone is fitted to features in seconds; layers below it are trained by \
      gradients, after a new head was fitted. --architecture trains a network from nothing. The \
      weights with the best validation loss become the new version, after every frozen tensor was \
      compared with the base's by digest. With the same seed and number of threads the result is the \
      same, bit for bit. Ctrl-C stops at the end of a step and keeps what is needed to go on.

      Examples:
        registry train wolfdog --epochs 20
        registry train wolfdog --unfreeze '_blocks.15.*' --augment light
        registry train --architecture convnet --name scratch --dataset wolfdog
        registry train --resume 3f2a
        registry train coyote --server http://gpu.example:7878
      """)

  @Argument(
    help: """
      The model: NAME, NAME@3 or NAME@ALIAS. Not needed with --resume or --architecture.
      """, completion: .model)
  var model: String?

  @Option(
    help: ArgumentHelp(
      "Train this architecture from random weights; see `registry architectures`.",
      valueName: "name"), completion: .architecture)
  var architecture: String?

  @Option(help: "The name of the model that --architecture makes.")
  var name: String?

  @Flag(help: "Let --architecture add a version to the model of that name if there is one.")
  var newVersion = false

  @Option(
    help: ArgumentHelp(
      """
      A dataset to train on; give it again to join several. (default: those that the model's labels \
      came from)
      """, valueName: "dataset"), completion: .dataset)
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
      """, valueName: "run"), completion: .run)
  var resume: String?

  @Flag(help: "Train a model that is recalled all the same.")
  var allowRecalled = false

  @OptionGroup var server: ServerOptions

  @OptionGroup var global: GlobalOptions

  var computes: Bool { server.server == nil }

  mutating func validate() throws {
    if server.server != nil, resume != nil {
      throw ValidationError("--resume has no effect with --server: jobs go on by themselves.")
    }
    if model == nil && resume == nil && architecture == nil {
      throw ValidationError(
        "Name the model to train, the run to go on with (--resume RUN), or what to train from "
          + "nothing (--architecture NAME).")
    }
    if architecture != nil {
      guard model == nil, resume == nil, name != nil else {
        throw ValidationError(
          "--architecture begins a model of its own: pass --name for it, and no other model or run."
        )
      }
    } else if name != nil || newVersion {
      throw ValidationError("--name and --new-version have an effect with --architecture only.")
    }
    let given =
      training.firstGiven ?? (seed != nil ? "--seed" : dataset.isEmpty ? nil : "--dataset")
    if resume != nil, let given {
      throw ValidationError(
        "\(given) has no effect with --resume: the run goes on with the options it began with.")
    }
  }

  func run() throws {
    let job = TrainJob(
      model: model, architecture: architecture, name: name, newVersion: newVersion ? true : nil,
      dataset: dataset.isEmpty ? nil : dataset, seed: seed,
      allowRecalled: allowRecalled ? true : nil, options: training.list)
    if let (result, json) = try server.result(of: job, as: TrainResult.self, global) {
      return try global.show(json: json, result.report)
    }
    let registry = try global.open()
    var request = training.request(datasets: dataset, seed: seed ?? 0, resume: resume)
    request.allowsRecalled = allowRecalled
    let result: TrainResult
    if let architecture, let name {
      let scratch = ScratchRequest(
        architecture: architecture, name: name, isNewVersion: newVersion)
      result = try global.work { [request] progress, cancellation in
        try registry.train(scratch, request, progress: progress, cancellation: cancellation)
      }
    } else {
      let name = try model ?? registry.run(resume ?? "").model
      result = try global.work { [request] progress, cancellation in
        try registry.train(name, request, progress: progress, cancellation: cancellation)
      }
    }
    try global.show(result, result.report)
    global.suggest("registry evaluate \(result.model) --split test")
  }
}

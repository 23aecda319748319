internal import ArgumentParser
internal import RegistryKit

/// Models, datasets and runs that a command is about.
struct SubjectOptions: ParsableArguments {
  @Argument(help: "Models: NAME with all its versions, NAME@3 or NAME@ALIAS.", completion: .model)
  var models: [String] = []

  @Option(
    name: .customLong("dataset"), parsing: .singleValue,
    help: ArgumentHelp(
      "A dataset: NAME with all its versions, or NAME@3; may be given several times.",
      valueName: "dataset"), completion: .dataset)
  var datasets: [String] = []

  @Option(
    name: .customLong("run"), parsing: .singleValue,
    help: ArgumentHelp(
      "A run, by its id or a beginning of it; may be given several times.", valueName: "run"),
    completion: .run)
  var runs: [String] = []

  /// All of them.
  var all: [RegistrySubject] {
    models.map { .model($0) } + datasets.map { .dataset($0) } + runs.map { .run($0) }
  }
}

internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry datasets`.
struct DatasetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "datasets",
    abstract: "List datasets, or show one.",
    discussion: """
      Without a name, lists the versions of all datasets, the newest first. With a name, shows how \
      many images of each label are in each split.

      Examples:
        registry datasets
        registry datasets wolfdog@1
        registry datasets wolfdog --versions
      """)

  @Argument(help: "The dataset to show: NAME or NAME@3.")
  var dataset: String?

  @Flag(help: "List the versions of the dataset named.")
  var versions = false

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    if versions && dataset == nil {
      throw ValidationError("--versions needs the name of a dataset.")
    }
  }

  func run() throws {
    let registry = try global.open()
    if let dataset, !versions {
      let summary = try registry.dataset(dataset)
      return try global.show(summary, summary.report)
    }
    let datasets = try registry.datasets(named: dataset)
    try global.show(["datasets": datasets]) { DatasetSummary.report(datasets, $0) }
    if datasets.isEmpty { global.suggest("registry import-images PHOTOS --dataset NAME") }
  }
}

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
        registry datasets --where "label = wolf and images > 100"
      """)

  @Argument(help: "The dataset to show: NAME or NAME@3.", completion: .dataset)
  var dataset: String?

  @Flag(help: "List the versions of the dataset named.")
  var versions = false

  @OptionGroup var list: ListOptions

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    if versions && dataset == nil {
      throw ValidationError("--versions needs the name of a dataset.")
    }
    if dataset != nil && !versions && (list.isNarrowed || list.sort != nil) {
      throw ValidationError("To choose among the versions of a dataset, add --versions.")
    }
  }

  func run() throws {
    let registry = try global.open()
    if let dataset, !versions {
      let summary = try registry.dataset(dataset)
      return try global.show(summary, summary.report)
    }
    let page = try registry.datasets(list.request(name: dataset))
    try global.show(page) { page.report(isNarrowed: list.isNarrowed, $0) }
    if page.datasets.isEmpty && !list.isNarrowed {
      global.suggest("registry import-images PHOTOS --dataset NAME")
    }
    global.suggestNextPage("datasets", page.next, list)
  }
}

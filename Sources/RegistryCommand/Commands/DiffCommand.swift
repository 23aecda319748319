internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry diff`.
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compare two models layer by layer, or two versions of a dataset.",
    discussion: """
      A layer is the same when the digests of all its tensors are, retrained when its values differ, \
      added or dropped when only one model has it. The change of a retrained layer is the L2 norm of \
      the difference over that of the first. With --dataset, shows which images were added, removed, \
      relabelled or moved to another split.

      Examples:
        registry diff wolfdog coyote
        registry diff --dataset wolfdog@1 wolfdog@2
      """)

  @Argument(
    help: "The first: NAME, NAME@3 or, for a model, NAME@ALIAS.", completion: .modelOrDataset)
  var first: String

  @Argument(help: "The second.", completion: .modelOrDataset)
  var second: String

  @Flag(help: "Compare datasets instead of models.")
  var dataset = false

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let registry = try global.open()
    if dataset {
      let difference = try registry.datasetDifference(first, second)
      return try global.show(difference, difference.report)
    }
    let difference = try registry.difference(first, second)
    try global.show(difference, difference.report)
  }
}

internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry diff`.
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compare two models layer by layer.",
    discussion: """
      A layer is the same when the digests of all its tensors are, retrained when its values differ, \
      added or dropped when only one model has it. The change of a retrained layer is the L2 norm of \
      the difference over that of the first.

      Example:
        registry diff wolfdog coyote
      """)

  @Argument(help: "The first model: NAME, NAME@3 or NAME@ALIAS.")
  var first: String

  @Argument(help: "The second model.")
  var second: String

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let difference = try global.open().difference(first, second)
    try global.show(difference, difference.report)
  }
}

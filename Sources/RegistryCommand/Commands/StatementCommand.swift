internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry statement`.
struct StatementCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "statement",
    abstract: "Show what a signature of a model vouches for.",
    discussion: """
      Prints the statement of a version: one line of canonical JSON, which is signed without the line \
      feed at its end, so that other programs can check signatures.

      Examples:
        registry statement wolfdog@2
        registry statement wolfdog --json
      """)

  @Argument(help: "The version: NAME@3, NAME@ALIAS, or NAME for the newest.", completion: .model)
  var model: String

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let result = try global.open().statement(of: model)
    // For programs too, hence byte for byte: JSON has no control characters that are not escaped.
    try global.show(result) { _ in result.statement + "\n" }
  }
}

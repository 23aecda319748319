internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry alias`.
struct AliasCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alias",
    abstract: "Give a version of a model a name.",
    discussion: """
      NAME@ALIAS then means that version, until the alias is given to another one.

      Example:
        registry alias wolfdog@2 production
        registry predict wolfdog@production photo.jpg
      """)

  @Argument(help: "The version: NAME@3, or NAME for the newest.")
  var model: String

  @Argument(help: "The alias, such as production.")
  var name: String

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let result = try global.open().setAlias(name, to: model)
    try global.show(result) { _ in
      let before = result.previousVersion.map { " (before: version \($0))" } ?? ""
      return "\(result.model)@\(result.alias) is now version \(result.version)\(before)\n"
    }
  }
}

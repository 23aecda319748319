internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry alias`.
struct AliasCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alias",
    abstract: "Give a version of a model a name, or show who gave which.",
    discussion: """
      NAME@ALIAS then means that version, until the alias is given to another one. With a model \
      alone, lists its aliases.

      Examples:
        registry alias wolfdog@2 production
        registry predict wolfdog@production photo.jpg
        registry alias wolfdog --history
        registry alias wolfdog --remove production
      """)

  @Argument(help: "The version: NAME@3, or NAME for the newest.", completion: .model)
  var model: String

  @Argument(help: "The alias, such as production.")
  var name: String?

  @Flag(help: "Show who pointed which alias where, and when.")
  var history = false

  @Option(help: ArgumentHelp("Remove that alias of the model.", valueName: "alias"))
  var remove: String?

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    if remove != nil, history || name != nil {
      throw ValidationError("--remove takes the name of the alias, and nothing else.")
    }
  }

  func run() throws {
    let registry = try global.open()
    if let remove {
      let result = try registry.removeAlias(remove, of: model)
      return try global.show(result) { _ in
        "\(result.model)@\(result.alias) is gone (before: version \(result.previousVersion))\n"
      }
    }
    guard let name, !history else {
      let result = try registry.aliases(of: model, named: name)
      return try global.show(result) { result.report($0, withHistory: history) }
    }
    let result = try registry.setAlias(name, to: model)
    try global.show(result) { _ in
      let before = result.previousVersion.map { " (before: version \($0))" } ?? ""
      return "\(result.model)@\(result.alias) is now version \(result.version)\(before)\n"
    }
  }
}

internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry models`.
struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List models, or show one.",
    discussion: """
      Without a name, lists the versions of all models, the newest first. With a name, shows that \
      version with its layers: which are frozen, and which are the base's.

      Examples:
        registry models
        registry models wolfdog@2
        registry models wolfdog --versions
      """)

  @Argument(help: "The model to show: NAME, NAME@3 or NAME@ALIAS.")
  var model: String?

  @Flag(help: "List the versions of the model named.")
  var versions = false

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    if versions && model == nil { throw ValidationError("--versions needs the name of a model.") }
  }

  func run() throws {
    let registry = try global.open()
    if let model, !versions {
      let details = try registry.model(model)
      return try global.show(json: details.document(), details.report)
    }
    let models = try registry.models(named: model)
    try global.show(["models": models]) { ModelSummary.report(models, $0) }
    if models.isEmpty { global.suggest("registry import-model FILE --name NAME") }
  }
}

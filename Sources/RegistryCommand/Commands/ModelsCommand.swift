internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry models`.
struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List models, or show one.",
    discussion: """
      Without a name, lists the versions of all models, the newest first. With a name, shows that \
      version with its layers: which are frozen, and which are the base's. A condition speaks of \
      metrics.NAME and params.NAME of the run that made a version, tags.NAME, model, origin, \
      architecture, label, dataset, base, alias, created, recalled and more.

      Examples:
        registry models
        registry models wolfdog@2
        registry models wolfdog --versions
        registry models --where "descendant of wolfdog@1 and not recalled"
        registry models --where "label = wolf" --sort "metrics.loss"
      """)

  @Argument(help: "The model to show: NAME, NAME@3 or NAME@ALIAS.", completion: .model)
  var model: String?

  @Flag(help: "List the versions of the model named.")
  var versions = false

  @OptionGroup var list: ListOptions

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    if versions && model == nil { throw ValidationError("--versions needs the name of a model.") }
    if model != nil && !versions && (list.isNarrowed || list.sort != nil) {
      throw ValidationError("To choose among the versions of a model, add --versions.")
    }
  }

  func run() throws {
    let registry = try global.open()
    if let model, !versions {
      let details = try registry.model(model)
      return try global.show(json: details.document(), details.report)
    }
    let page = try registry.models(list.request(name: model))
    try global.show(page) { page.report(isNarrowed: list.isNarrowed, $0) }
    if page.models.isEmpty && !list.isNarrowed {
      global.suggest("registry import-model FILE --name NAME")
    }
    global.suggestNextPage("models", page.next, list)
  }
}

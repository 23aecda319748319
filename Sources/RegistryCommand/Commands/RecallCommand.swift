internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry recall`.
struct RecallCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recall",
    abstract: "Mark a version that must not be built on, and all its descendants.",
    discussion: """
      The mark covers every descendant, also those that are derived later. It is shown wherever the \
      models are; predict, evaluate and export warn of it, derive and train refuse without \
      --allow-recalled. --undo takes it back; the history stays.

      Examples:
        registry recall wolfdog@1 --reason "coyotes among the wolves"
        registry recall wolfdog@1 --undo --reason "the labels were right"
        registry recall --history
      """)

  @Argument(help: "The version: NAME@3, NAME@ALIAS, or NAME for the newest.", completion: .model)
  var model: String?

  @Option(help: ArgumentHelp("Why it is recalled, or why that is undone.", valueName: "text"))
  var reason: String?

  @Flag(help: "Take back the recall of this version.")
  var undo = false

  @Flag(help: "List all recalls, or those of a version and its ancestors.")
  var history = false

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    if history {
      if undo || reason != nil {
        throw ValidationError("--history only lists; give it without --undo and --reason.")
      }
      return
    }
    if model == nil { throw ValidationError("Name the version, or pass --history.") }
    if !undo && reason == nil {
      throw ValidationError("Say why with --reason; who meets the recall will want to know.")
    }
  }

  func run() throws {
    let registry = try global.open()
    guard !history, let model else {
      let recalls = try registry.recallHistory(of: model)
      return try global.show(["recalls": recalls]) { Recall.report(recalls, $0) }
    }
    let result =
      undo
      ? try registry.undoRecall(of: model, reason: reason)
      : try registry.recall(model, reason: reason ?? "")
    try global.show(result, result.report)
    if !undo {
      global.suggest("registry lineage \(result.model)@\(result.version) --descendants")
    }
  }
}

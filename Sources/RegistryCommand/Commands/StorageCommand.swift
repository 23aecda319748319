internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry storage`.
struct StorageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "storage",
    abstract: "Show what models take on the disk, and what sharing saves.",
    discussion: """
      For each model the bytes that its versions added, the bytes of tensors that are their bases', and \
      the bytes that as many separate files would take. Without a name also what the registry holds by \
      kind. With a name, version by version, with how many tensors are stored as deltas.

      Examples:
        registry storage
        registry storage wolfdog
        registry storage wolfdog@2
      """)

  @Argument(help: "The model to show: NAME, NAME@3 or NAME@ALIAS.", completion: .model)
  var model: String?

  @Option(help: "The most models to list, the newest first.")
  var limit = 50

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    if limit < 1 { throw ValidationError("--limit must be at least 1, not \(limit).") }
  }

  func run() throws {
    let registry = try global.open()
    if let model {
      let storage = try registry.storage(ofModel: model)
      return try global.show(storage, storage.report)
    }
    let storage = try registry.storage(limit: limit)
    try global.show(storage, storage.report)
  }
}

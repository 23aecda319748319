internal import ArgumentParser
internal import Presentation
internal import RegistryKit

/// The subcommand `registry init`.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make a registry.",
    discussion: """
      Makes the folder .registry in DIR. Commands that run in DIR or in a folder below it find the \
      registry by themselves.

      Example:
        registry init
      """)

  @Argument(
    help: "The folder that gets a .registry. (default: $REGISTRY_HOME itself, else here)")
  var dir: String?

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    if dir != nil && global.registry != nil {
      throw ValidationError(
        "DIR and --registry both say where the registry will be; give one of them.")
    }
  }

  func run() throws {
    let result = try Registry.initialize(at: folder)
    try global.show(result) { _ in "Made a registry at \(result.registry.safeForTerminal)\n" }
    global.suggest("registry import-images PHOTOS --dataset NAME")
  }

  /// The path of the registry itself.
  private var folder: String {
    if let dir { return "\(dir)/\(Registry.folderName)" }
    return global.registry ?? Terminal.environment("REGISTRY_HOME") ?? Registry.folderName
  }
}

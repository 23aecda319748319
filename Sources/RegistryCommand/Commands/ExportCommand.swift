internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry export`.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a whole model to a file that other tools read.",
    discussion: """
      The file has all tensors, those of the base too, under the names that PyTorch uses for the \
      architecture, and in its metadata the labels, the preprocessing, the architecture and the \
      base. Every tensor is checked against its digest before it is written. `registry import-model` \
      reads the file back, labels included.

      Examples:
        registry export wolfdog --output wolfdog.safetensors
        registry export wolfdog@2 --format safetensors --output w.safetensors --force
      """)

  @Argument(help: "The model: NAME, NAME@3 or NAME@ALIAS.")
  var model: String

  @Option(help: "How the file is written.")
  var format: Format = .safetensors

  @Option(help: ArgumentHelp("The file to write.", valueName: "path"), completion: .file())
  var output: String

  @Flag(help: "Replace a file that is there.")
  var force = false

  @OptionGroup var global: GlobalOptions

  /// How a model is written.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case safetensors

    var requested: ModelExportRequest.Format {
      switch self {
      case .safetensors: .safetensors
      }
    }
  }

  func run() throws {
    let registry = try global.open()
    let request = ModelExportRequest(
      model: model, path: output, format: format.requested, isReplacing: force)
    let result = try global.work { progress, cancellation in
      try registry.export(request, progress: progress, cancellation: cancellation)
    }
    try global.show(result, result.report)
    global.warn(
      of: result.recalled, using: ModelName(model: result.model, version: result.version))
  }
}

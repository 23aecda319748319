internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry import-model`.
struct ImportModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import-model",
    abstract: "Make a model from a file of weights.",
    discussion: """
      Reads safetensors files and PyTorch state dicts (.pth, .pt), whose kind is found from the \
      content. No code in a file is ever run. The architecture is found from the names of the \
      tensors, and a file whose tensors do not fit it is refused.

      Example:
        registry import-model lite0.pth --name lite0 --labels imagenet.txt
      """)

  @Argument(help: "The file of weights.", completion: .file())
  var file: String

  @Option(help: "The model's name; one that exists gets a new version.", completion: .model)
  var name: String

  @Option(
    help: ArgumentHelp(
      "The architecture, when the tensors' names do not tell, such as resnet18.",
      valueName: "name"))
  var architecture: String?

  @Option(
    help: ArgumentHelp(
      """
      The labels in the order of the outputs, one a line, or the second column of a TSV file. \
      (default: those in the file of weights, else the outputs' numbers)
      """, valueName: "file"), completion: .file())
  var labels: String?

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let registry = try global.open()
    let request = ModelImportRequest(
      path: file, name: name, architecture: architecture, labels: labels)
    let result = try global.work { progress, _ in
      try registry.importModel(request, progress: progress)
    }
    try global.show(result, result.report)
    global.suggest("registry derive --from \(result.model) --head DATASET --train")
  }
}

internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry export-images`.
struct ExportImagesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export-images",
    abstract: "Write a dataset as a folder of images.",
    discussion: """
      Makes the folders train, val and test, with a folder for each label in them, and a list \
      labels.jsonl with all labels, splits and groups. Where images have several labels, or a label \
      cannot name a folder, only the list tells labels. Every image is checked against its digest. \
      Imported again, folder or list, it is the same dataset.

      Examples:
        registry export-images wolfdog --output photos
        registry export-images wolfdog@2 --output photos
      """)

  @Argument(help: "The dataset: NAME or NAME@3.", completion: .dataset)
  var dataset: String

  @Option(
    help: ArgumentHelp("The folder to make; an empty one may be there.", valueName: "folder"),
    completion: .directory)
  var output: String

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let registry = try global.open()
    let request = ImageExportRequest(dataset: dataset, path: output)
    let result = try global.work { progress, cancellation in
      try registry.exportImages(request, progress: progress, cancellation: cancellation)
    }
    try global.show(result, result.report)
    global.suggest(
      "registry import-images \(result.path) --dataset NAME --labels \(result.labels)")
  }
}

internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry import-images`.
struct ImportImagesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import-images",
    abstract: "Add a version of a dataset from folders of images.",
    discussion: """
      Walks folders that hold one folder for each label, or train, val and test with those inside. \
      Every image is decoded and checked, and its bytes are stored once, whatever its names. Files \
      that are no usable image are listed and left out. An image's split follows from its bytes and \
      the seed, so adding images moves none of the old ones. Importing the same images again \
      changes nothing.

      Examples:
        registry import-images photos/wolfdog --dataset wolfdog
        registry import-images frames --dataset cam --labels a.csv --group-by video
      """)

  @Argument(help: "Files and folders to walk.", completion: .file())
  var paths: [String]

  @Option(
    help: ArgumentHelp("The dataset that gets the images.", valueName: "name"), completion: .dataset
  )
  var dataset: String

  @Option(
    help: ArgumentHelp(
      """
      Where labels come from: 'folder', the name of the folder that holds the image, or a CSV or \
      JSON Lines file with the columns path and label, and optionally split; with labels in place of \
      label, an image may have several, or none.
      """, valueName: "folder|file"))
  var labels = "folder"

  @Option(
    help: ArgumentHelp(
      """
      The shares of training, validation and test images. (default: those of the dataset's newest \
      version, else 0.7,0.15,0.15)
      """, valueName: "shares"),
    transform: SplitFractions.init(argument:))
  var split: SplitFractions?

  @Option(
    help: ArgumentHelp(
      """
      Which images share a split beside near-duplicates: 'folder', those of one folder, or those \
      with the same value in a column of the label file.
      """, valueName: "folder|column"))
  var groupBy: String?

  @Option(
    help: ArgumentHelp(
      "The seed of the split. (default: that of the dataset's newest version, else 0)",
      valueName: "number"))
  var seed: Int?

  @Flag(help: "Refuse all images when one file is bad.")
  var strict = false

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    if paths.isEmpty { throw ValidationError("Give at least one file or folder of images.") }
    if let groupBy, groupBy != "folder", labels == "folder" {
      throw ValidationError(
        "--group-by \(groupBy) names a column, so --labels must name the file that has it.")
    }
  }

  /// What the options ask for.
  var request: ImageImportRequest {
    ImageImportRequest(
      paths: paths, dataset: dataset, labels: labels == "folder" ? .folders : .file(labels),
      split: split, grouping: groupBy.map { $0 == "folder" ? .folder : .column($0) }, seed: seed,
      isStrict: strict)
  }

  func run() throws {
    let registry = try global.open()
    let result = try global.work { progress, cancellation in
      try registry.importImages(request, progress: progress, cancellation: cancellation)
    }
    try global.show(result, result.report)
    global.suggest("registry derive --from MODEL --head \(result.dataset) --train")
  }
}

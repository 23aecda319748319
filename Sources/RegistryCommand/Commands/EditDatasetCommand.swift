internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry edit-dataset`.
struct EditDatasetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit-dataset",
    abstract: "Add, remove, relabel or move single images of a dataset.",
    discussion: """
      All changes together make one new version, or none if one of them is impossible. No other image \
      is read, so a change takes as long as what is changed, whatever the size of the dataset. An image \
      is named by the path that it was imported from, by any file with the same bytes, or by its digest \
      or the first 8 digits of it. Where images have several labels, these are joined by semicolons.

      Examples:
        registry edit-dataset wolfdog --add a.jpg --add b.jpg --label dog
        registry edit-dataset wolfdog --relabel photos/7.jpg=wolf --remove 5be0cd19
        registry edit-dataset wolfdog --split photos/8.jpg=test
        registry edit-dataset wolfdog --from changes.jsonl
      """)

  @Argument(help: "The dataset; its newest version is changed.", completion: .dataset)
  var dataset: String

  @Option(
    help: ArgumentHelp("A file to add; may be given several times.", valueName: "path"),
    completion: .file())
  var add: [String] = []

  @Option(
    help: ArgumentHelp(
      "The label of the added files; several where labels are independent.", valueName: "label"))
  var label: [String] = []

  @Option(help: ArgumentHelp("An image to remove; may be given several times.", valueName: "image"))
  var remove: [String] = []

  @Option(
    help: ArgumentHelp(
      "An image and its new label; may be given several times.", valueName: "image=label"))
  var relabel: [String] = []

  @Option(
    help: ArgumentHelp(
      "An image and its new split, also one that is added; may be given several times.",
      valueName: "image=split"))
  var split: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      A JSON Lines file of changes, each with action (add, remove, relabel or move), image, and \
      label or labels, split and group where they belong.
      """, valueName: "file"), completion: .file())
  var from: String?

  @OptionGroup var global: GlobalOptions

  mutating func validate() throws {
    if add.isEmpty && remove.isEmpty && relabel.isEmpty && split.isEmpty && from == nil {
      throw ValidationError("Give a change: --add, --remove, --relabel, --split or --from.")
    }
    if add.isEmpty != label.isEmpty {
      throw ValidationError("--add and --label belong together.")
    }
    _ = try edits()
  }

  /// The changes that the options ask for.
  func edits() throws -> [DatasetEdit] {
    var edits = add.map { DatasetEdit(.add, $0, labels: label) }
    edits += remove.map { DatasetEdit(.remove, $0) }
    edits += try relabel.map {
      let (image, labels) = try Self.pair($0, "--relabel", "photos/7.jpg=wolf")
      return DatasetEdit(.relabel, image, labels: DatasetEdit.labels(in: labels))
    }
    edits += try split.map {
      let (image, split) = try Self.pair($0, "--split", "photos/7.jpg=test")
      return DatasetEdit(.move, image, split: split)
    }
    return edits
  }

  /// The parts before and after the last equals sign, since paths may have some.
  private static func pair(
    _ text: String, _ option: String, _ example: String
  ) throws -> (String, String) {
    guard let sign = text.lastIndex(of: "="), sign != text.startIndex,
      text.index(after: sign) != text.endIndex
    else { throw ValidationError("\(option) needs an image and a value, as in \(example).") }
    return (String(text[..<sign]), String(text[text.index(after: sign)...]))
  }

  func run() throws {
    let registry = try global.open()
    let request = DatasetEditRequest(dataset: dataset, edits: try edits(), listing: from)
    let result = try global.work { progress, cancellation in
      try registry.editDataset(request, progress: progress, cancellation: cancellation)
    }
    try global.show(result, result.report)
    if result.version != result.previousVersion {
      global.suggest(
        "registry diff --dataset \(result.dataset)@\(result.previousVersion) "
          + "\(result.dataset)@\(result.version)")
    }
  }
}

import Catalog
public import Diagnostics
private import FileSystem
private import FoundationEssentials
private import ObjectStore
private import Tensors

extension Registry {
  /// The name of the file that an export lists its images in.
  private static let listingName = "labels.jsonl"

  /// Writes the images of a dataset version as an image folder: `train`, `val` and `test`, with a
  /// folder for each label in them, and `labels.jsonl` with all labels, splits and groups.
  ///
  /// Where labels are independent, or one cannot be the name of a folder, images lie in the folder of
  /// their split itself and only the list tells their labels. Importing the folder, or with the list
  /// as label file, makes a dataset with the same images, labels and splits. Every image is compared
  /// with its digest on the way. The folder appears when it is whole.
  ///
  /// - Throws: `unknown_dataset`, `output_exists`, `missing_object`, `damaged_object`, `interrupted`,
  ///   and what writing reports.
  public func exportImages(
    _ request: ImageExportRequest, progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> ImageExportResult {
    let version = try catalog.datasetVersion(try Reference(parsing: request.dataset))
    let items = try catalog.items(of: version)
    let formats = try catalog.images(items.map(\.digest)).mapValues(\.format)
    let output = try OutputFolder(path: request.path)
    var names = ExportedNames(
      hasLabelFolders: !version.isMultiLabel && version.labels.keys.allSatisfy(ExportedNames.isSafe)
    )
    var listing = ""
    var byteCount = 0
    for (index, item) in items.enumerated() {
      guard !cancellation.isCancelled else {
        throw RegistryError(
          .interrupted, "The export was stopped; nothing was written.",
          remedy: "Run the same command again.")
      }
      let place = names.place(of: item, format: formats[item.digest] ?? "")
      let bytes = try intactObject(item.digest, of: item.sourcePath)
      try bytes.withUnsafeBytes { try output.write($0, to: place) }
      byteCount += bytes.count
      listing += try ListedImage(item, path: place, isMultiLabel: version.isMultiLabel).line + "\n"
      progress.progress(
        ProgressUpdate("Exporting", completed: index + 1, total: items.count, unit: "images"))
    }
    try Array(listing.utf8).withUnsafeBytes { try output.write($0, to: [Self.listingName]) }
    try SystemFileLayer().synchronizeFileSystem(of: output.temporaryPath)
    try output.finish()
    return ImageExportResult(
      dataset: version.dataset, version: version.version, path: request.path,
      images: items.count, bytes: byteCount, labels: "\(request.path)/\(Self.listingName)",
      folders: names.hasLabelFolders, renamed: names.renamedCount)
  }
}

/// A line of the list of an export, which `registry import-images --labels` reads.
private struct ListedImage: Encodable {
  let path: String
  let label: String?
  let labels: [String]?
  let split: String
  let group: String?
  let source: String
  let digest: String

  init(_ item: DatasetItem, path: [String], isMultiLabel: Bool) {
    self.path = path.joined(separator: "/")
    label = isMultiLabel ? nil : item.label
    labels = isMultiLabel ? item.labels : nil
    split = item.split.rawValue
    group = item.group
    source = item.sourcePath
    digest = item.digest.hexadecimal
  }

  var line: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }
}

/// The names under which images are exported: those that they were imported with, where these are
/// safe and not taken.
struct ExportedNames {
  /// Whether each label is a folder.
  let hasLabelFolders: Bool
  /// How many images got another name.
  private(set) var renamedCount = 0
  private var taken: Set<String> = []

  init(hasLabelFolders: Bool) { self.hasLabelFolders = hasLabelFolders }

  /// The names of the folders and of the file of an image.
  mutating func place(of item: DatasetItem, format: String) -> [String] {
    var folders = [item.split == .validation ? "val" : item.split.rawValue]
    if hasLabelFolders { folders.append(item.label) }
    let original = item.sourcePath.split(separator: "/").last.map(String.init) ?? ""
    let ending = format == "jpeg" ? "jpg" : format
    let digest = item.digest.hexadecimal
    let isKept = Self.isSafe(original) && !ImageScan.isOther(original)
    var name = isKept ? original : "\(digest.prefix(16)).\(ending)"
    var length = 8
    // Case is ignored, since some file systems do.
    while !taken.insert((folders + [name]).joined(separator: "/").lowercased()).inserted {
      let suffix = "-\(digest.prefix(length))"
      let (stem, end) = Self.split(isKept ? original : "image.\(ending)")
      name = "\(Self.shortened(stem, to: 255 - suffix.utf8.count - end.utf8.count))\(suffix)\(end)"
      length += 8
    }
    if name != original { renamedCount += 1 }
    return folders + [name]
  }

  /// Whether a text can be the name of a file or folder that an import finds again: no more than 255
  /// bytes, without slashes and control characters, not hidden, not with blanks at its ends.
  static func isSafe(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 255 && !name.hasPrefix(".") && !name.hasPrefix(" ")
      && !name.hasSuffix(" ") && !name.hasSuffix(".")
      && name.unicodeScalars.allSatisfy {
        $0 != "/" && $0 != "\\" && $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value)
      }
  }

  /// A name before its last dot, and from it on.
  private static func split(_ name: String) -> (stem: String, end: String) {
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return (name, "") }
    return (String(name[..<dot]), String(name[dot...]))
  }

  /// The beginning of a text that has at most so many bytes.
  private static func shortened(_ text: String, to byteCount: Int) -> String {
    var text = text
    while text.utf8.count > max(byteCount, 0), !text.isEmpty { text.removeLast() }
    return text
  }
}

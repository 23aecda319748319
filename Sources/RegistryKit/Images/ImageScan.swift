private import Diagnostics
private import FileSystem

/// A file that may become an image of a dataset.
package struct ImageCandidate: Hashable, Sendable {
  /// The path as found, from the path that the user named.
  package var path: String
  package var label: String
  /// The split, when the folder or the label file says so.
  package var split: String?
  /// What it shares with the images that must stay in its split.
  package var group: String?
}

/// What walking the named paths found.
package struct ImageScan: Sendable {
  package var candidates: [ImageCandidate] = []
  package var rejected: [ImageImportResult.RejectedFile] = []

  /// Walks files and folders, taking labels from folder names.
  ///
  /// Below a folder that was named, the first folder is the label, as torchvision's `ImageFolder`
  /// has it; if all first folders are called `train`, `val` or `test`, the second is. Images that
  /// lie in the named folder itself have its name as label.
  ///
  /// - Throws: `no_such_file` or `not_readable` for a path that was named. What cannot be read
  ///   below it is listed as rejected.
  package init(folders paths: [String], grouping: ImageImportRequest.Grouping?) throws {
    for path in paths {
      guard FileSystemEntries.isFolder(path) else {
        _ = try FileIdentity(path: path)
        add(path, folders: [], root: Self.parent(of: path), hasSplits: false, grouping)
        continue
      }
      let names = try FileSystemEntries.names(in: path).filter { !$0.hasPrefix(".") }
      let folders = names.filter { FileSystemEntries.isFolder("\(path)/\($0)") }
      let hasSplits = !folders.isEmpty && folders.allSatisfy { Self.split(named: $0) != nil }
      var visited: Set<String> = []
      walk(path, folders: [], root: path, hasSplits: hasSplits, grouping, &visited)
    }
  }

  /// Takes images and labels from a CSV or JSON Lines file.
  ///
  /// Its paths are relative to the folder that it lies in; one that leads nowhere from there is
  /// looked for below the roots. A file that is nowhere is listed as rejected.
  ///
  /// - Throws: `bad_label_file` with the line.
  package init(
    listing path: String, roots: [String], grouping: ImageImportRequest.Grouping?
  ) throws {
    var column: String?
    if case .column(let name)? = grouping { column = name }
    let folders = [Self.parent(of: path)] + roots
    for row in try LabelListing(path: path, groupColumn: column).rows {
      let places = row.path.hasPrefix("/") ? [row.path] : folders.map { "\($0)/\(row.path)" }
      guard let place = places.first(where: { (try? FileIdentity(path: $0)) != nil }) else {
        rejected.append(
          .init(path: row.path, reason: "Line \(row.line) of \(path) names it; it is not there."))
        continue
      }
      candidates.append(
        ImageCandidate(
          path: place, label: row.label, split: row.split,
          group: row.group ?? (grouping == .folder ? Self.parent(of: place) : nil)))
    }
  }

  /// The split that a folder's or a column's name stands for.
  package static func split(named name: String) -> String? {
    switch name.lowercased() {
    case "train", "training": "train"
    case "val", "valid", "validation": "validation"
    case "test", "testing": "test"
    default: nil
    }
  }

  /// Endings of files that lie beside images and never are any.
  private static let otherEndings: Set<String> = [
    "txt", "md", "csv", "tsv", "json", "jsonl", "xml", "yaml", "yml", "html", "htm", "pdf", "py",
    "db", "ini", "zip", "gz", "tar", "log", "sqlite", "pth", "safetensors",
  ]

  private mutating func walk(
    _ folder: String, folders: [String], root: String, hasSplits: Bool,
    _ grouping: ImageImportRequest.Grouping?, _ visited: inout Set<String>
  ) {
    // A link to a folder above would go round for ever: each real folder is walked once.
    guard visited.insert(FileSystemEntries.resolved(folder)).inserted else { return }
    let names: [String]
    do {
      names = try FileSystemEntries.names(in: folder)
    } catch {
      rejected.append(.init(path: folder, reason: error.message))
      return
    }
    for name in names where !name.hasPrefix(".") {
      let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
      if FileSystemEntries.isFolder(path) {
        walk(
          path, folders: folders + [name], root: root, hasSplits: hasSplits, grouping, &visited)
      } else if !Self.otherEndings.contains(Self.ending(of: name)) {
        add(path, folders: folders, root: root, hasSplits: hasSplits, grouping)
      }
    }
  }

  private mutating func add(
    _ path: String, folders: [String], root: String, hasSplits: Bool,
    _ grouping: ImageImportRequest.Grouping?
  ) {
    var folders = folders
    var split: String?
    if hasSplits, let first = folders.first {
      split = Self.split(named: first)
      folders.removeFirst()
      guard !folders.isEmpty else {
        rejected.append(
          .init(path: path, reason: "It lies in \(first) itself, outside of a label's folder."))
        return
      }
    }
    candidates.append(
      ImageCandidate(
        path: path, label: folders.first ?? Self.lastName(of: root), split: split,
        group: grouping == .folder ? Self.parent(of: path) : nil))
  }

  private static func ending(of name: String) -> String {
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }

  private static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func lastName(of folder: String) -> String {
    let resolved = FileSystemEntries.resolved(folder)
    return resolved.split(separator: "/").last.map(String.init) ?? resolved
  }
}

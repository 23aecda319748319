private import Diagnostics
private import FileSystem

/// A file that may become an image of a dataset.
package struct ImageCandidate: Hashable, Sendable {
  /// The path as found, from the path that the user named.
  package var path: String
  /// What the folder or the label file says that the image shows; several, or none, where labels are
  /// independent.
  package var labels: [String]
  /// The split, when the folder or the label file says so.
  package var split: String?
  /// What it shares with the images that must stay in its split.
  package var group: String?
}

/// What walking the named paths found.
package struct ImageScan: Sendable {
  package var candidates = CandidateList()
  package var rejected: [ImageImportResult.RejectedFile] = []
  /// Whether labels are independent, as a column `labels` says.
  package private(set) var isMultiLabel = false

  /// Walks files and folders, taking labels from folder names.
  ///
  /// Below a folder that was named, the first folder is the label, as torchvision's `ImageFolder`
  /// has it; if all first folders are called `train`, `val` or `test`, the second is. Images that
  /// lie in the named folder itself have its name as label.
  ///
  /// Links to files are followed. Links to folders are, too, as long as they stay below the folder
  /// that was named; each real folder is walked once.
  ///
  /// - Throws: `no_such_file` or `not_readable` for a path that was named. What cannot be read
  ///   below it is listed as rejected.
  package init(folders paths: [String], grouping: ImageImportRequest.Grouping?) throws {
    for path in paths {
      guard FileSystemEntries.isFolder(path) else {
        _ = try FileIdentity(path: path)
        let folder = Self.parent(of: path)
        add(
          path, folders: [],
          root: Root(
            path: folder, resolved: FileSystemEntries.resolved(folder), hasSplits: false), grouping)
        continue
      }
      let names = try FileSystemEntries.names(in: path).filter { !$0.hasPrefix(".") }
      let folders = names.filter { FileSystemEntries.isFolder("\(path)/\($0)") }
      let hasSplits = !folders.isEmpty && folders.allSatisfy { Self.split(named: $0) != nil }
      var visited: Set<String> = []
      walk(
        path, folders: [],
        root: Root(path: path, resolved: FileSystemEntries.resolved(path), hasSplits: hasSplits),
        grouping, &visited)
    }
  }

  /// Takes images and labels from a CSV or JSON Lines file.
  ///
  /// Its paths are relative to the folder that it lies in; one that leads nowhere from there is
  /// looked for below the roots. A file that is nowhere is listed as rejected, and so is one that lies
  /// neither in the folder of the label file nor in a root: a label file from somebody else must not
  /// gather pictures from all over the disk.
  ///
  /// - Throws: `bad_label_file` with the line.
  package init(
    listing path: String, roots: [String], grouping: ImageImportRequest.Grouping?
  ) throws {
    var column: String?
    if case .column(let name)? = grouping { column = name }
    let folders = [Self.parent(of: path)] + roots
    let named = folders.map(FileSystemEntries.resolved)
    var isInside: [String: Bool] = [:]
    isMultiLabel = try LabelListing.eachRow(
      of: path, groupColumn: column, limits: .standard
    ) { row in
      let places = row.path.hasPrefix("/") ? [row.path] : folders.map { "\($0)/\(row.path)" }
      guard let place = places.first(where: FileSystemEntries.isPresent) else {
        rejected.append(
          .init(path: row.path, reason: "Line \(row.line) of \(path) names it; it is not there."))
        return
      }
      let folder = Self.parent(of: place)
      let isAllowed =
        isInside[folder]
        ?? {
          let resolved = FileSystemEntries.resolved(folder)
          return named.contains { Self.isBelow(resolved, $0) }
        }()
      isInside[folder] = isAllowed
      guard isAllowed || roots.contains(place) else {
        rejected.append(
          .init(
            path: row.path,
            reason:
              "Line \(row.line) of \(path) names it; it lies outside of the folders that were "
              + "named. Name its folder, too."))
        return
      }
      candidates.append(
        ImageCandidate(
          path: place, labels: row.labels, split: row.split,
          group: row.group ?? (grouping == .folder ? folder : nil)))
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

  /// A folder that was named.
  private struct Root {
    let path: String
    /// From the root of the file system, without links.
    let resolved: String
    /// Whether its folders are called `train`, `val` or `test`.
    let hasSplits: Bool
  }

  private mutating func walk(
    _ folder: String, folders: [String], root: Root, _ grouping: ImageImportRequest.Grouping?,
    _ visited: inout Set<String>
  ) {
    let resolved = FileSystemEntries.resolved(folder)
    guard Self.isBelow(resolved, root.resolved) else {
      rejected.append(
        .init(
          path: folder,
          reason: "It is a link to \(resolved), outside of \(root.path). Name that folder itself."))
      return
    }
    // A link to a folder above would go round for ever: each real folder is walked once.
    guard visited.insert(resolved).inserted else { return }
    let listing: FolderListing
    do {
      listing = try FolderListing(of: folder)
    } catch {
      rejected.append(.init(path: folder, reason: error.message))
      return
    }
    let prefix = folder.hasSuffix("/") ? folder : "\(folder)/"
    for name in listing.undecodableNames {
      rejected.append(.init(path: prefix + name, reason: "Its name is not UTF-8. Rename it."))
    }
    for name in listing.names where !name.hasPrefix(".") {
      let path = prefix + name
      if FileSystemEntries.isFolder(path) {
        walk(path, folders: folders + [name], root: root, grouping, &visited)
      } else if !Self.isOther(name) {
        add(path, folders: folders, root: root, grouping)
      }
    }
  }

  private mutating func add(
    _ path: String, folders: [String], root: Root, _ grouping: ImageImportRequest.Grouping?
  ) {
    var folders = folders
    var split: String?
    if root.hasSplits, let first = folders.first {
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
        path: path, labels: [folders.first ?? Self.lastName(of: root.resolved)], split: split,
        group: grouping == .folder ? Self.parent(of: path) : nil))
  }

  /// Whether a path without links is a folder or lies in it.
  private static func isBelow(_ path: String, _ folder: String) -> Bool {
    path == folder || path.hasPrefix(folder.hasSuffix("/") ? folder : "\(folder)/")
  }

  /// Whether a file with this name never is an image, and is not looked at.
  package static func isOther(_ name: String) -> Bool { otherEndings.contains(ending(of: name)) }

  private static func ending(of name: String) -> String {
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }

  package static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func lastName(of resolved: String) -> String {
    resolved.split(separator: "/").last.map(String.init) ?? resolved
  }
}

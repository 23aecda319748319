package import Diagnostics
private import Glibc

/// A folder that a user asked for, written as a whole or not at all.
///
/// It is filled under a temporary name beside its own, which it gets at the end. Without
/// ``finish()`` everything is removed again. Nothing is ever written outside of it.
package final class OutputFolder {
  private let path: String
  /// What the temporary folder will be renamed to: the path, or what a link at it leads to.
  private let target: String
  /// Where the folder is until it is finished.
  package let temporaryPath: String
  private var folders: Set<String> = []
  private var created: [String] = []
  private var isFinished = false

  /// Begins a folder where there is none, or an empty one.
  ///
  /// - Throws: `output_exists`, `not_writable`.
  package init(path: String) throws(RegistryError) {
    self.path = path
    var status = stat()
    if lstat(path, &status) == 0 {
      guard FileSystemEntries.isFolder(path) else { throw Self.exists(path) }
      let listing = try FolderListing(of: path)
      guard listing.names.isEmpty, listing.undecodableNames.isEmpty else { throw Self.exists(path) }
    }
    var trimmed = path[...]
    while trimmed.utf8.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
    target = FileSystemEntries.resolved(String(trimmed))
    var template = Array("\(target).XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw .unwritable(path, errno) }
    temporaryPath = String(
      decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    guard !isFinished else { return }
    for path in created.reversed() { remove(path) }
    rmdir(temporaryPath)
  }

  /// Writes a file below the folder; the folders in between are made.
  ///
  /// - Parameters:
  ///   - bytes: what the file holds.
  ///   - names: the names of the folders, and of the file.
  /// - Throws: `not_writable`, `no_space_left`, `write_failed`.
  /// - Precondition: each is the name of one entry: neither empty nor `.` nor `..`, without a slash
  ///   or a null character.
  package func write(_ bytes: UnsafeRawBufferPointer, to names: [String]) throws(RegistryError) {
    let (file, descriptor) = try create(names)
    defer { close(descriptor) }
    try FileSystemEntries.write(bytes, to: descriptor, file)
  }

  /// Writes a file whose bytes come piece by piece.
  ///
  /// - Parameters:
  ///   - names: as above.
  ///   - body: gets what adds bytes to the file.
  /// - Throws: `not_writable`, `no_space_left`, `write_failed`, what the body throws.
  package func write(
    to names: [String], _ body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws {
    let (file, descriptor) = try create(names)
    defer { close(descriptor) }
    try body { try FileSystemEntries.write($0, to: descriptor, file) }
  }

  /// Makes an empty file and the folders that it is in.
  private func create(
    _ names: [String]
  ) throws(RegistryError) -> (path: String, descriptor: Int32) {
    precondition(!names.isEmpty && names.allSatisfy(Self.isName), "names of entries")
    var folder = temporaryPath
    for name in names.dropLast() {
      folder += "/\(name)"
      guard folders.insert(folder).inserted else { continue }
      guard mkdir(folder, 0o777) == 0 else { throw .unwritable(folder, errno) }
      created.append(folder)
    }
    let file = "\(folder)/\(names[names.count - 1])"
    let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .unwritable(file, errno) }
    created.append(file)
    return (file, descriptor)
  }

  /// Gives the folder its name.
  ///
  /// - Throws: `output_exists` when somebody else put something there meanwhile.
  package func finish() throws(RegistryError) {
    // mkdtemp gives the folder to its owner alone; others get what the user's mask allows.
    let mask = umask(0)
    umask(mask)
    guard chmod(temporaryPath, 0o777 & ~mask) == 0 else { throw .unwritable(path, errno) }
    // An empty folder gives way, anything else does not.
    guard rename(temporaryPath, target) == 0 else {
      let failure = errno
      guard failure != ENOTEMPTY, failure != EEXIST, failure != ENOTDIR else {
        throw Self.exists(path)
      }
      throw .unwritable(path, failure)
    }
    isFinished = true
  }

  private static func isName(_ text: String) -> Bool {
    !text.isEmpty && text != "." && text != ".." && !text.utf8.contains { $0 == 0 || $0 == 0x2f }
  }

  private static func exists(_ path: String) -> RegistryError {
    RegistryError(
      .outputExists, "\(path) is there already and not an empty folder.", place: .file(path),
      remedy: "Choose another folder, or empty it.")
  }
}

/// `remove` of the C library, for files and empty folders: the class has a way with that name too.
private func remove(_ path: String) { _ = Glibc.remove(path) }

package import Diagnostics
private import Glibc

/// A file that a user asked for, written as a whole or not at all.
///
/// The bytes go to a temporary file beside it, which gets the name at the end. Without
/// ``finish()`` the temporary file is removed and nothing has changed.
package final class OutputFile {
  private let path: String
  /// What the temporary file will be renamed to: the path, or what a link at it leads to.
  private let target: String
  private let temporary: String
  private let replaces: Bool
  private let isPrivate: Bool
  private let descriptor: Int32
  private var isFinished = false

  /// Begins a file; with `replacing`, one that is there will be replaced.
  ///
  /// Nobody but its owner may read a private one.
  ///
  /// - Throws: `output_exists`, `not_a_file` for a folder, a device or a pipe, `not_writable`.
  package init(
    path: String, replacing: Bool, isPrivate: Bool = false
  ) throws(RegistryError) {
    self.path = path
    replaces = replacing
    self.isPrivate = isPrivate
    var status = stat()
    if lstat(path, &status) == 0 {
      guard replacing else { throw Self.exists(path) }
      // Throws for anything but a regular file and a link to one.
      _ = try FileIdentity(path: path)
      target = FileSystemEntries.resolved(path)
    } else {
      target = path
    }
    var template = Array("\(target).XXXXXX".utf8CString)
    descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw .unwritable(path, errno) }
    temporary = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    close(descriptor)
    if !isFinished { unlink(temporary) }
  }

  /// Writes the next bytes.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(RegistryError) {
    try FileSystemEntries.write(bytes, to: descriptor, path)
  }

  /// Waits until the bytes are on the disk and gives the file its name.
  ///
  /// - Throws: `output_exists` when somebody else made a file of that name meanwhile.
  package func finish() throws(RegistryError) {
    // mkstemp gives the file to its owner alone; others get what the user's mask allows.
    let mask = umask(0)
    umask(mask)
    guard isPrivate || fchmod(descriptor, 0o666 & ~mask) == 0, fsync(descriptor) == 0 else {
      throw .unwritable(path, errno)
    }
    if !replaces {
      // Unlike a renaming, a second name never takes the place of another file.
      // The temporary name is removed with this value.
      if link(temporary, target) == 0 { return }
      if errno == EEXIST { throw Self.exists(path) }
      // Some file systems know no second names; there a look before has to do.
      if access(target, F_OK) == 0 { throw Self.exists(path) }
    }
    guard rename(temporary, target) == 0 else { throw .unwritable(path, errno) }
    isFinished = true
  }

  private static func exists(_ path: String) -> RegistryError {
    RegistryError(
      .outputExists, "There is a file \(path) already.", place: .file(path),
      remedy: "Choose another name, or replace it with --force.")
  }
}

extension RegistryError.Code {
  /// A file is to be written where there is one already.
  package static let outputExists = Self("output_exists", .conflict)
}

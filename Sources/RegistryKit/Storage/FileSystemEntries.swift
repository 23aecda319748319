package import Diagnostics
private import Glibc

/// What the system tells about a file without opening it: if none of it changed, neither did the
/// bytes.
package struct FileIdentity: Hashable, Sendable {
  /// The length in bytes.
  package let byteCount: Int
  /// The last change of the contents, in nanoseconds since 1970.
  package let modifiedNanoseconds: Int
  /// The number of the file on its device.
  package let inode: Int
  /// The device.
  package let device: Int

  /// The identity of the file behind a path; symbolic links are followed.
  ///
  /// - Throws: `no_such_file`, `not_readable`, or `not_a_file` for folders, devices and pipes.
  package init(path: String) throws(RegistryError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .unreadable(path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw RegistryError(
        .notAFile, "\(path) is not a regular file.", place: .file(path),
        remedy: "Name a file instead of a folder, a device or a pipe.")
    }
    byteCount = Int(status.st_size)
    modifiedNanoseconds = Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
    inode = Int(status.st_ino)
    device = Int(status.st_dev)
  }
}

/// Reading whole files and folders.
package enum FileSystemEntries {
  /// The bytes of a file.
  ///
  /// - Throws: `file_too_large` before any memory is taken when there are more than `limit`.
  package static func bytes(of path: String, limit: Int) throws(RegistryError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadable(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw RegistryError(
        .notAFile, "\(path) is not a regular file.", place: .file(path),
        remedy: "Name a file instead of a folder, a device or a pipe.")
    }
    guard status.st_size <= limit else {
      throw RegistryError(
        .fileTooLarge, "\(path) has \(status.st_size) bytes; at most \(limit) are read.",
        place: .file(path), remedy: "Leave it out, or make it smaller.")
    }
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
      while count < buffer.count {
        let length = read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
        if length < 0, errno == EINTR { continue }
        if length < 0 { failure = errno }
        if length <= 0 { break }
        count += length
      }
    }
    guard failure == 0 else { throw .unreadable(path, failure) }
    return bytes
  }

  /// The names in a folder, in the order of their bytes, without `.` and `..`.
  package static func names(in folder: String) throws(RegistryError) -> [String] {
    guard let stream = opendir(folder) else { throw .unreadable(folder, errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Whether the path leads to a folder.
  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether the path leads anywhere.
  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The path from the root with links and dots resolved; the path itself if it leads nowhere.
  package static func resolved(_ path: String) -> String {
    guard let pointer = realpath(path, nil) else { return path }
    defer { free(pointer) }
    return String(cString: pointer)
  }

  /// Makes a folder; it is fine if it is there.
  package static func makeFolder(_ path: String) throws(RegistryError) {
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw .unwritable(path, errno) }
    guard isFolder(path) else { throw .unwritable(path, ENOTDIR) }
  }
}

extension RegistryError.Code {
  /// A path leads to a folder, a device or a pipe where a file is needed.
  package static let notAFile = Self("not_a_file", .badInput)
  /// A file is longer than the bound for its kind.
  package static let fileTooLarge = Self("file_too_large", .badInput)
}

package import Diagnostics
private import Glibc
package import Tensors

/// What writers that have not finished have in the store.
package struct UnfinishedWriting: Sendable, Hashable {
  /// How many files belong to writers that are gone.
  package var abandonedFiles = 0
  /// The bytes of these.
  package var abandonedBytes = 0
  /// When the oldest writer that is at work began, in microseconds since 1970; `nil` if none is.
  package var oldestWriter: Int?
}

extension ObjectFolder {
  /// How old a file that is in no batch's folder must be, in seconds, to be taken for abandoned.
  private static let abandonedAge = 86_400

  /// Looks at what unfinished writers have, and, if asked to, removes what no writer will finish.
  ///
  /// - Throws: `not_readable` or `not_writable` when the folder cannot be listed or changed.
  package func unfinishedWriting(removing: Bool) throws(RegistryError) -> UnfinishedWriting {
    var result = UnfinishedWriting()
    for name in try names(in: folder) where name.hasPrefix(BatchFolder.prefix) {
      let path = "\(folder)/\(name)"
      let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard descriptor >= 0 else {
        if errno == ENOTDIR { try collectFile(path, removing: removing, into: &result) }
        continue
      }
      defer { close(descriptor) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let beginning = BatchFolder.beginning(of: name) ?? 0
        result.oldestWriter = min(result.oldestWriter ?? beginning, beginning)
        continue
      }
      for file in try names(in: path) {
        try collect("\(path)/\(file)", removing: removing, into: &result)
      }
      if removing { try fileLayer.removeFolder(path) }
    }
    return result
  }

  /// A file beside the batches' folders: nobody's, unless it is young.
  private func collectFile(
    _ path: String, removing: Bool, into result: inout UnfinishedWriting
  ) throws(RegistryError) {
    var status = stat()
    guard stat(path, &status) == 0, time(nil) - status.st_mtim.tv_sec >= Self.abandonedAge
    else { return }
    try collect(path, removing: removing, into: &result)
  }

  private func collect(
    _ path: String, removing: Bool, into result: inout UnfinishedWriting
  ) throws(RegistryError) {
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    if removing { try fileLayer.remove(path) }
    result.abandonedFiles += 1
    result.abandonedBytes += Int(status.st_size)
  }

  /// The first two digits of the digests of all objects, in order.
  package func prefixes() throws(RegistryError) -> [String] {
    try names(in: folder).filter { $0.utf8.count == 2 }
  }

  /// The digests of the objects whose names begin with two digits, in order.
  package func digests(beginningWith prefix: String) throws(RegistryError) -> [Digest] {
    try names(in: "\(folder)/\(prefix)").compactMap { Digest(hexadecimal: prefix + $0) }
  }

  /// When an object got its name, in microseconds since 1970; `nil` if it is not there.
  package func appearance(of digest: Digest) -> Int? {
    var status = stat()
    guard stat(path(of: digest), &status) == 0 else { return nil }
    return Int(status.st_ctim.tv_sec) * 1_000_000 + Int(status.st_ctim.tv_nsec) / 1000
  }
}

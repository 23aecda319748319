private import FileSystem
private import Glibc
package import ObjectStore

extension ActivationCache {
  /// How old an unfinished segment is, in seconds, when nobody writes it any more.
  private static let abandonedAge = 3600

  /// Removes the segments of all prefixes that were used longest ago until the rest fits, and
  /// segments that were never finished.
  ///
  /// - Returns: how many files that are, or with `removing` false would be, and their bytes.
  package static func trim(
    root: String, byteLimit: Int = standardByteLimit, removing: Bool,
    fileLayer: any FileLayer = SystemFileLayer()
  ) throws -> (files: Int, bytes: Int) {
    guard FileSystemEntries.isFolder(root) else { return (0, 0) }
    var files: [(path: String, identity: FileIdentity)] = []
    for prefix in try FileSystemEntries.names(in: root) {
      for name in (try? FileSystemEntries.names(in: "\(root)/\(prefix)")) ?? [] {
        let path = "\(root)/\(prefix)/\(name)"
        if let identity = try? FileIdentity(path: path) { files.append((path, identity)) }
      }
    }
    var total = files.reduce(0) { $0 + $1.identity.byteCount }
    var (count, bytes) = (0, 0)
    let deadline = (time(nil) - abandonedAge) * 1_000_000_000
    files.sort { $0.identity.modifiedNanoseconds < $1.identity.modifiedNanoseconds }
    for (path, identity) in files {
      let isAbandoned =
        path.hasSuffix(temporaryEnding) && identity.modifiedNanoseconds < deadline
      guard total > byteLimit || isAbandoned else { continue }
      if removing { try fileLayer.remove(path) }
      total -= identity.byteCount
      count += 1
      bytes += identity.byteCount
    }
    return (count, bytes)
  }
}

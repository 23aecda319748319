import Foundation
import TestSupport
import Testing

/// Registries that released programs wrote, one for each version of the schema, in
/// `fixtures/registries`; `fixtures/make-stored-registry.py` made them.
enum StoredRegistry {
  private static let folder = Places.fixtures.appending(path: "registries")

  /// The versions of the schema, such as `0001`.
  static let versions: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".tar.gz") }.map { String($0.dropLast(7)) }.sorted()

  /// Unpacks one as the registry of a folder.
  static func unpack(_ version: String, into place: URL) throws {
    let home = place.appending(path: ".registry")
    try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "tar", "-xzf", folder.appending(path: "\(version).tar.gz").path, "-C", home.path,
    ]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "tar unpacks \(version)")
  }
}

import Crypto
import Foundation
import TestSupport
import Testing

/// A picture of the fixtures.
struct DrawnPicture {
  let data: Data

  /// The SHA-256 of its file.
  var digest: String { SHA256.hash(data: data).map { String(format: "%02x", $0) }.joined() }

  /// The first picture of a wolf.
  static func first() throws -> DrawnPicture {
    let folder = Places.fixtures.appending(path: "photos/wolfdog/wolf")
    let name = try #require(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().first)
    return DrawnPicture(data: try Data(contentsOf: folder.appending(path: name)))
  }
}

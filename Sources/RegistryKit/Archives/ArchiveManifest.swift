private import Diagnostics
package import Tensors

/// The first file of an archive: what it is, and the digest of its records, which have the digests
/// of everything else.
package struct ArchiveManifest: Codable, Hashable, Sendable {
  package static let path = "manifest.json"
  /// The digest of the manifest, as `sha256sum` writes and checks it.
  package static let digestPath = "manifest.json.sha256"
  package static let recordsPath = "records.jsonl"
  /// The value of `format`.
  package static let formatName = "registry archive 1"
  /// The longest manifest, in bytes.
  package static let maximumBytes = 64 << 20

  /// The records that follow.
  package struct Records: Codable, Hashable, Sendable {
    package let bytes: Int
    package let digest: Digest
  }

  package let format: String
  /// The name and version of the program that wrote it.
  package let program: String
  package let models: [ArchiveRecord.Name]
  /// The datasets with their newest version in the archive.
  package let datasets: [ArchiveRecord.Name]
  package let records: Records

  /// Where the tensors of the pack with that number are; the first is 1.
  package static func path(ofPack number: Int) -> String {
    let digits = String(number)
    return "tensors/\(String(repeating: "0", count: max(0, 6 - digits.utf8.count)))\(digits)"
      + ".safetensors"
  }

  /// Where an image is.
  package static func path(ofImage digest: Digest) -> String {
    let name = digest.hexadecimal
    return "images/\(name.prefix(2))/\(name.dropFirst(2))"
  }

  /// The content of the file beside the manifest, for the manifest's bytes.
  package static func digestText(of manifest: [UInt8]) -> String {
    "\(Digest(of: manifest))  \(path)\n"
  }
}

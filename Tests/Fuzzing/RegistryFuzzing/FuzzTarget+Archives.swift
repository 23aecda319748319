internal import Diagnostics
internal import Foundation
internal import Tensors

@testable internal import RegistryKit

extension FuzzTarget {
  /// Imports an archive into an empty registry, which must be sound then.
  static func importArchive(_ data: Data) throws {
    let registry = try SampleRegistry.shared.target()
    _ = try registry.importArchive(ArchiveImportRequest(path: file(data)))
    SampleRegistry.shared.forgetTarget()
    let verification = try registry.verify()
    precondition(verification.isClean, "what an archive brought is sound: \(verification)")
  }

  /// Imports an archive with these records and the digests that belong to them, and with the other
  /// files of a good archive.
  static func importRecords(_ bytes: UnsafeRawBufferPointer) throws {
    let records = [UInt8](bytes)
    let sample = SampleRegistry.shared
    let manifest = ArchiveManifest(
      format: ArchiveManifest.formatName, program: "fuzzing", models: [], datasets: [],
      records: .init(bytes: records.count, digest: Digest(of: records)))
    let text = Array(try CanonicalJSON.text(of: manifest).utf8)
    var archive = Data()
    for (path, content) in [
      (ArchiveManifest.path, text),
      (ArchiveManifest.digestPath, Array(ArchiveManifest.digestText(of: text).utf8)),
      (ArchiveManifest.recordsPath, records),
    ] {
      let header = TarHeader(path: path, byteCount: content.count)
      archive.append(contentsOf: header.bytes + content)
      archive.append(Data(count: header.paddingByteCount))
    }
    try importArchive(archive + sample.archive.dropFirst(sample.recordsRange.upperBound))
  }
}

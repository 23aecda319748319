import Catalog
import FileSystem
package import Tensors

/// What became of files that were read, in a hundred bytes each.
package struct OutcomeList: RandomAccessCollection, Sendable {
  private struct Flags: OptionSet {
    let rawValue: UInt8
    static let isImage = Flags(rawValue: 1)
    static let isStored = Flags(rawValue: 2)
    static let isRecorded = Flags(rawValue: 4)
    static let hasAlpha = Flags(rawValue: 8)
    static let hasColorProfile = Flags(rawValue: 16)
    static let isRemembered = Flags(rawValue: 32)
  }

  private struct Row {
    let digest: Digest
    let perceptualHash: UInt64
    let byteCount: Int
    /// The parts of a file's identity; zeros where it is remembered already.
    let fileByteCount: Int
    let modifiedNanoseconds: Int
    let inode: Int
    let device: Int
    let width: Int32
    let height: Int32
    let format: UInt8
    let channels: UInt8
    let bitDepth: UInt8
    let orientation: UInt8
    let flags: Flags
  }

  private var rows: [Row]
  private var formats = ValueTable<String>()
  /// Why files were rejected, and what decoders complained of.
  private var remarks: [Int: String] = [:]

  /// A list of so many files that nothing is known of.
  package init(count: Int) {
    rows = Array(
      repeating: Row(
        digest: Digest(of: []), perceptualHash: 0, byteCount: 0, fileByteCount: 0,
        modifiedNanoseconds: 0, inode: 0, device: 0, width: 0, height: 0, format: 0, channels: 0,
        bitDepth: 0, orientation: 0, flags: []), count: count)
  }

  package var startIndex: Int { 0 }
  package var endIndex: Int { rows.count }

  /// The image of a file; `nil` when it is none.
  package func digest(at position: Int) -> Digest? {
    rows[position].flags.contains(.isImage) ? rows[position].digest : nil
  }

  /// Whether the registry had the bytes of a file before it was read.
  package func isStored(at position: Int) -> Bool {
    rows[position].flags.contains(.isStored)
  }

  package subscript(position: Int) -> ImageIntake.Outcome {
    get {
      let row = rows[position]
      guard row.flags.contains(.isImage) else { return .rejected(remarks[position] ?? "") }
      return .image(
        ImageIntake.Accepted(
          record: ImageRecord(
            digest: row.digest, byteCount: row.byteCount, width: Int(row.width),
            height: Int(row.height), format: formats[Int32(row.format)],
            channels: Int(row.channels), bitDepth: Int(row.bitDepth),
            orientation: Int(row.orientation), hasAlpha: row.flags.contains(.hasAlpha),
            hasColorProfile: row.flags.contains(.hasColorProfile),
            perceptualHash: row.perceptualHash, warning: remarks[position]),
          identity: row.flags.contains(.isRemembered)
            ? nil
            : FileIdentity(
              byteCount: row.fileByteCount, modifiedNanoseconds: row.modifiedNanoseconds,
              inode: row.inode, device: row.device),
          isStored: row.flags.contains(.isStored), isRecorded: row.flags.contains(.isRecorded)))
    }
    set {
      switch newValue {
      case .rejected(let reason):
        remarks[position] = reason
      case .image(let accepted):
        let (record, identity) = (accepted.record, accepted.identity)
        remarks[position] = record.warning
        var flags: Flags = .isImage
        if accepted.isStored { flags.insert(.isStored) }
        if accepted.isRecorded { flags.insert(.isRecorded) }
        if record.hasAlpha { flags.insert(.hasAlpha) }
        if record.hasColorProfile { flags.insert(.hasColorProfile) }
        if identity == nil { flags.insert(.isRemembered) }
        rows[position] = Row(
          digest: record.digest, perceptualHash: record.perceptualHash,
          byteCount: record.byteCount, fileByteCount: identity?.byteCount ?? 0,
          modifiedNanoseconds: identity?.modifiedNanoseconds ?? 0, inode: identity?.inode ?? 0,
          device: identity?.device ?? 0, width: Int32(record.width), height: Int32(record.height),
          format: UInt8(formats.number(of: record.format)), channels: UInt8(record.channels),
          bitDepth: UInt8(record.bitDepth), orientation: UInt8(record.orientation), flags: flags)
      }
    }
  }
}

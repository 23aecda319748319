package import Tensors

/// Bytes of the registry that never change, put together from what lies in the store.
///
/// Nothing is copied before it is asked for.
public struct StoredContent: Sendable {
  /// A text that these bytes have and no others, of letters, digits and `-`.
  public let tag: String
  /// What the bytes are, for example `image/jpeg`.
  public let mediaType: String
  /// How many there are.
  public let byteCount: Int
  private let pieces: [(begin: Int, bytes: Piece)]

  /// Some of the bytes.
  package enum Piece: Sendable {
    case bytes([UInt8])
    case stored(ByteStorage)
    case tensor(Tensor)

    var count: Int {
      switch self {
      case .bytes(let bytes): bytes.count
      case .stored(let storage): storage.count
      case .tensor(let tensor): tensor.byteCount
      }
    }

    func withUnsafeBytes<Result>(
      _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
      switch self {
      case .bytes(let bytes): try bytes.withUnsafeBytes(body)
      case .stored(let storage): try storage.withUnsafeBytes(body)
      case .tensor(let tensor): try tensor.withUnsafeBytes(body)
      }
    }
  }

  /// These pieces one after the other.
  package init(tag: String, mediaType: String, pieces: [Piece]) {
    self.tag = tag
    self.mediaType = mediaType
    var begin = 0
    var placed: [(begin: Int, bytes: Piece)] = []
    for piece in pieces where piece.count > 0 {
      placed.append((begin, piece))
      begin += piece.count
    }
    self.pieces = placed
    byteCount = begin
  }

  /// Hands out the bytes of a range in order; those that lie on the disk are read now.
  ///
  /// - Precondition: the range lies within the bytes.
  public func read(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Void) {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "a range of the bytes")
    // The last piece that begins at or before the range: pieces are in order and none is empty.
    var index = pieces.partitioningIndex { $0.begin > range.lowerBound } - 1
    var position = range.lowerBound
    while position < range.upperBound {
      let (begin, piece) = pieces[index]
      let end = min(range.upperBound, begin + piece.count)
      piece.withUnsafeBytes {
        body(UnsafeRawBufferPointer(rebasing: $0[position - begin..<end - begin]))
      }
      position = end
      index += 1
    }
  }
}

extension Array {
  /// The first index of which the condition holds, which it then does of all that follow.
  fileprivate func partitioningIndex(_ condition: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if condition(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

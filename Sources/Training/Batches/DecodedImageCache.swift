import Images
private import Synchronization
import Tensors

/// Decoded images that are kept in memory up to a bound.
///
/// Once it is full, nothing is added and nothing removed: an epoch asks for each image once, in a
/// new order each time, so that no image is worth more than another.
final class DecodedImageCache: Sendable {
  private struct Contents {
    var images: [Digest: Image] = [:]
    var byteCount = 0
  }

  private let byteLimit: Int
  private let contents = Mutex(Contents())

  init(byteLimit: Int) { self.byteLimit = byteLimit }

  /// How many bytes of pixels are kept.
  var byteCount: Int { contents.withLock { $0.byteCount } }

  /// The image of a file with this digest, decoded by `decode` unless it is kept already.
  func image(_ digest: Digest, decode: () throws -> Image) rethrows -> Image {
    if let kept = contents.withLock({ $0.images[digest] }) { return kept }
    // Two threads may decode one image at the same time; both get the same pixels.
    let image = try decode()
    contents.withLock { contents in
      guard contents.images[digest] == nil,
        image.pixels.count <= byteLimit - contents.byteCount
      else { return }
      contents.images[digest] = image
      contents.byteCount += image.pixels.count
    }
    return image
  }
}

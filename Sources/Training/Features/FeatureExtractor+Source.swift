package import Diagnostics
package import Images
package import Tensors

extension FeatureExtractor {
  /// An image whose features are wanted, or that is trained on.
  package struct Source: Sendable {
    /// The digest of the file.
    package let digest: Digest
    /// Where it comes from, for messages.
    package let place: Place
    /// Lends the bytes of the file.
    package let open: @Sendable () throws -> ByteStorage

    package init(digest: Digest, place: Place, open: @escaping @Sendable () throws -> ByteStorage) {
      self.digest = digest
      self.place = place
      self.open = open
    }

    /// Opens and decodes the image.
    ///
    /// - Parameters:
    ///   - minimumShortSide: the short side in pixels that is needed; a larger JPEG may be decoded
    ///     at a smaller scale.
    ///   - limits: bounds on the image.
    /// - Returns: the upright image.
    /// - Throws: what opening throws, and what decoding throws, with the place.
    package func decoded(minimumShortSide: Int, limits: InputLimits) throws -> Image {
      let storage = try open()
      do {
        return try storage.withUnsafeBytes { bytes in
          try ImageDecoder.decode(bytes, minimumShortSide: minimumShortSide, limits: limits).image
        }
      } catch let error as RegistryError {
        throw error.at(place)
      }
    }
  }
}

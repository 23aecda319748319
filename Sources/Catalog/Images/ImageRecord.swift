package import Tensors

/// What is known about an image, apart from its bytes.
package struct ImageRecord: Hashable, Sendable {
  /// The SHA-256 of the original bytes.
  package let digest: Digest
  /// The length of the original in bytes.
  package let byteCount: Int
  /// The width in pixels, after orientation.
  package let width: Int
  /// The height in pixels, after orientation.
  package let height: Int
  /// `png` or `jpeg`.
  package let format: String
  /// The number of channels in the file.
  package let channels: Int
  /// The bits of a channel in the file.
  package let bitDepth: Int
  /// The EXIF orientation, from 1 to 8.
  package let orientation: Int
  /// Whether the file has transparency.
  package let hasAlpha: Bool
  /// Whether the file has a colour profile.
  package let hasColorProfile: Bool
  /// A 64-bit fingerprint: few bits differ between pictures that look alike.
  package let perceptualHash: UInt64
  /// What the decoder complained of without giving up.
  package let warning: String?

  /// An image with these properties.
  package init(
    digest: Digest, byteCount: Int, width: Int, height: Int, format: String, channels: Int,
    bitDepth: Int, orientation: Int, hasAlpha: Bool, hasColorProfile: Bool, perceptualHash: UInt64,
    warning: String?
  ) {
    self.digest = digest
    self.byteCount = byteCount
    self.width = width
    self.height = height
    self.format = format
    self.channels = channels
    self.bitDepth = bitDepth
    self.orientation = orientation
    self.hasAlpha = hasAlpha
    self.hasColorProfile = hasColorProfile
    self.perceptualHash = perceptualHash
    self.warning = warning
  }
}

/// What a file was when its image was imported: if none of it changed, the digest still holds.
package struct RememberedFile: Hashable, Sendable {
  /// The absolute path.
  package let path: String
  /// The length in bytes.
  package let byteCount: Int
  /// The last change of the contents, in nanoseconds since 1970.
  package let modifiedNanoseconds: Int
  /// The number of the file on its device.
  package let inode: Int
  /// The device.
  package let device: Int
  /// The image that the file held.
  package let digest: Digest

  /// A file with these properties.
  package init(
    path: String, byteCount: Int, modifiedNanoseconds: Int, inode: Int, device: Int, digest: Digest
  ) {
    self.path = path
    self.byteCount = byteCount
    self.modifiedNanoseconds = modifiedNanoseconds
    self.inode = inode
    self.device = device
    self.digest = digest
  }
}

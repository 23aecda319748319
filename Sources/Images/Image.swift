/// A picture of 8-bit red, green and blue, interleaved: `[height, width, 3]`.
package struct Image: Sendable, Hashable {
  package let width: Int
  package let height: Int
  package let pixels: [UInt8]

  /// - Precondition: three bytes for each pixel.
  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == 3 * width * height, "three bytes for each pixel")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// The picture turned and mirrored so that it is upright.
  ///
  /// The orientations are those of EXIF 2.3, tag 0x0112, 1 to 8; other numbers leave it as it is.
  package func upright(orientation: Int) -> Image {
    guard (2...8).contains(orientation) else { return self }
    let swapsAxes = orientation >= 5
    let newWidth = swapsAxes ? height : width
    let newHeight = swapsAxes ? width : height
    // The first pixel's place in this picture, and how far the next ones across and down lie.
    let (right, bottom) = (width - 1, (height - 1) * width)
    let (first, across, down) =
      switch orientation {
      case 2: (right, -1, width)
      case 3: (bottom + right, -1, -width)
      case 4: (bottom, 1, -width)
      case 5: (0, width, 1)
      case 6: (bottom, -width, 1)
      case 7: (bottom + right, -width, -1)
      default: (right, width, -1)
      }
    let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, count in
      pixels.withUnsafeBufferPointer { pixels in
        for y in 0..<newHeight {
          var source = 3 * (first + y * down)
          for x in 0..<newWidth {
            let place = 3 * (y * newWidth + x)
            target[place] = pixels[source]
            target[place + 1] = pixels[source + 1]
            target[place + 2] = pixels[source + 2]
            source += 3 * across
          }
        }
      }
      count = pixels.count
    }
    return Image(width: newWidth, height: newHeight, pixels: turned)
  }
}

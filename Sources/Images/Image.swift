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
    var turned = [UInt8](repeating: 0, count: pixels.count)
    for y in 0..<newHeight {
      for x in 0..<newWidth {
        let (column, row) =
          switch orientation {
          case 2: (width - 1 - x, y)
          case 3: (width - 1 - x, height - 1 - y)
          case 4: (x, height - 1 - y)
          case 5: (y, x)
          case 6: (y, height - 1 - x)
          case 7: (width - 1 - y, height - 1 - x)
          default: (width - 1 - y, x)
          }
        let source = 3 * (row * width + column)
        let target = 3 * (y * newWidth + x)
        turned[target] = pixels[source]
        turned[target + 1] = pixels[source + 1]
        turned[target + 2] = pixels[source + 2]
      }
    }
    return Image(width: newWidth, height: newHeight, pixels: turned)
  }
}

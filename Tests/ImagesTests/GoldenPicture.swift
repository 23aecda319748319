import Images

/// A picture in a golden file: its bytes as hexadecimal digits.
struct GoldenPicture: Decodable {
  let width: Int
  let height: Int
  let rgb: String

  var image: Image {
    let digits = Array(rgb.utf8)
    let pixels = stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
    }
    return Image(width: width, height: height, pixels: pixels)
  }
}
